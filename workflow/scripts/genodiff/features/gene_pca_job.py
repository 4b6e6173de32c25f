"""Fit per-gene PCA of a chromosome on training individuals and project all individuals."""

import os
from collections.abc import Iterator

import numpy as np

from genodiff.features import pca
from genodiff.formats import gene_pca, genotypes
from genodiff.formats.split import TRAINING_SETS, read_split
from genodiff.runtime.errors import InputError
from genodiff.runtime.logs import logger, progress
from genodiff.runtime.memory import BASE_MB


def training_mask(split, samples: list[str]) -> np.ndarray:
    """Bool (N,): the training individuals among `samples`."""
    training = set(split.loc[split["set"].isin(TRAINING_SETS), "sample"])
    return np.array([sample in training for sample in samples])


def needed_mb(
    snps: int, together: int, individuals: int, training: int, most: int, memory_mb: int
) -> int:
    """Peak memory in MB of a job at one gene of V `snps`, in a row group of `together` SNPs."""
    # A row group is in memory compressed, as a table and as an array.
    reading = 5 * together * individuals // 2
    # Scores as float32, and those of training individuals as float64 for their moments.
    scores = 20 * min(most, snps) * individuals
    # Waiting genes: as rows, as a table and encoded.
    writing = 3 * gene_pca.row_group_bytes(memory_mb)
    fitting = pca.needed_bytes(snps, individuals, training)
    return BASE_MB + -(-(reading + scores + writing + fitting) // 2**20)


def check_memory(
    genotypes_path: str | os.PathLike, individuals: int, training: int, most: int, memory_mb: int
) -> None:
    """Raise InputError if the gene with the largest memory needs more than `memory_mb`."""
    sizes = [
        (needed_mb(snps, together, individuals, training, most, memory_mb), snps, gene)
        for gene, snps, together in genotypes.gene_sizes(genotypes_path)
    ]
    needed, snps, gene = max(sizes, default=(0, 0, ""))
    if needed > memory_mb:
        raise InputError(
            f"gene {gene}: the principal components of its {snps} SNPs in {individuals} individuals "
            f"need about {needed} MB, more than features.memory_mb ({memory_mb}); exclude such genes "
            f"with a features.max_snps below {snps}, or set features.memory_mb to {needed} or more"
        )


def model_row(snps: dict, dosage: np.ndarray, model: pca.GenePca, scores: np.ndarray) -> dict:
    """A model for `write_gene_pca` from SNP columns as lists, dosages int8 (V, N) and the scores of
    training individuals, float32 (k, individuals)."""
    scores = scores.astype(np.float64)
    return {
        "gene": snps["gene"][0],
        "chrom": snps["chrom"][0],
        **{name: snps[name] for name in ("pos", "id", "ref", "alt")},
        "mean": model.mean,
        "loadings": model.loadings.tolist(),
        "explained_variance": model.explained_variance,
        "total_variance": model.total_variance,
        "imputed_calls": np.count_nonzero(dosage == genotypes.MISSING_DOSAGE),
        "score_mean": scores.mean(1),
        "score_deviation": scores.std(1),
    }


def write_chromosome_pca(
    *,
    genotypes_path: str | os.PathLike,
    split_path: str | os.PathLike,
    models_path: str | os.PathLike,
    scores_path: str | os.PathLike,
    most: int,
    explained: float | None,
    memory_mb: int,
) -> None:
    """Fit and project every gene of a chromosome, with one row group of genes in memory at a time.

    `most`, `explained`: see `pca.component_count`. Raises InputError if a gene exceeds `memory_mb`.
    """
    samples = genotypes.read_samples(genotypes_path)
    training = training_mask(read_split(split_path), samples)
    check_memory(genotypes_path, len(samples), int(training.sum()), most, memory_mb)
    kept: list[float] = []

    def genes() -> Iterator[tuple[dict, np.ndarray]]:
        for snps, dosage in progress(genotypes.iter_genes(genotypes_path), None, "genes"):
            model = pca.fit(dosage, most, explained, training)
            scores = pca.transform(model, dosage, np.float32)
            kept.append(model.explained_variance.sum() / model.total_variance)
            yield model_row(snps.to_pydict(), dosage, model, scores[:, training]), scores

    waiting = gene_pca.row_group_bytes(memory_mb)
    count = gene_pca.write_gene_pca(models_path, scores_path, samples, genes(), waiting)
    if count:
        logger.info(
            "%d genes; explained variance per gene: mean %.4f, minimum %.4f",
            count,
            np.mean(kept),
            min(kept),
        )
    else:
        logger.warning("%s: no genes, so no principal components", genotypes_path)
