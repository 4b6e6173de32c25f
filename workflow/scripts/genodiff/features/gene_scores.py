"""Per-gene PCA of a chromosome: fit on training people, project everybody, write as it goes."""

import os
from collections.abc import Iterator

import numpy as np

from genodiff.features import pca
from genodiff.formats import genotypes
from genodiff.formats.gene_pca import write_gene_pca
from genodiff.formats.people import TRAINING_SETS, read_split
from genodiff.logs import logger


def training_mask(split, samples: list[str]) -> np.ndarray:
    """Bool (N,): which of `samples` may be fitted on."""
    training = set(split.loc[split["set"].isin(TRAINING_SETS), "sample"])
    return np.array([sample in training for sample in samples])


def write_chromosome_pca(
    genotypes_path: str | os.PathLike,
    split_path: str | os.PathLike,
    models_path: str | os.PathLike,
    scores_path: str | os.PathLike,
    most: int,
    explained: float | None,
) -> None:
    """Fit and project every gene of a chromosome; one row group of genes is in memory at a time."""
    samples = genotypes.read_samples(genotypes_path)
    training = training_mask(read_split(split_path), samples)
    kept: list[float] = []

    def genes() -> Iterator[tuple[dict, np.ndarray]]:
        for snps, dosage in genotypes.iter_genes(genotypes_path):
            model = pca.fit(dosage[:, training], most, explained)
            kept.append(model.explained_variance.sum() / model.total_variance)
            columns = snps.to_pydict()
            row = {
                "gene": columns["gene"][0],
                "chrom": columns["chrom"][0],
                **{name: columns[name] for name in ("pos", "ref", "alt")},
                "mean": model.mean,
                "loadings": model.loadings.tolist(),
                "explained_variance": model.explained_variance,
                "total_variance": model.total_variance,
                "imputed_calls": int((dosage == genotypes.MISSING_DOSAGE).sum()),
            }
            yield row, pca.transform(model, dosage).astype(np.float32)

    count = write_gene_pca(models_path, scores_path, samples, genes())
    if count:
        logger.info(
            "%d genes; variance kept per gene: mean %.4f, least %.4f", count, np.mean(kept), min(kept)
        )
    else:
        logger.warning("no genes on this chromosome")
