"""Tables of a release: phenotypes, covariates, genes and SNPs."""

from pathlib import Path

import numpy as np
import pandas as pd

from genodiff.formats.common import whole_file
from genodiff.formats.gene_pca import iter_models
from genodiff.release.cohort import Cohort
from genodiff.release.writers.base import STEM

PHENOTYPES, TRAITS, COVARIATES = "phenotypes.tsv", f"{STEM}.phe", f"{STEM}.cov"
GENES, SNPS = "genes.tsv", "snps.tsv"
_MODEL_FIELDS = (
    "gene", "chrom", "pos", "ref", "alt", "mean", "loadings", "explained_variance",
)  # fmt: skip
# Principal components in the covariates, and the SNPs, evenly spread, from which they are computed.
COMPONENTS, _PCA_SNPS = 10, 2000
# Values of all individuals that are in memory for them.
_PCA_VALUES = 2**27
_MOST_R2 = 0.2


def write_tables(folder: Path, cohort: Cohort, models_paths: list[str]) -> None:
    """Write the tables of a release; `models_paths`: the PCA models of all chromosomes."""
    labels = pd.DataFrame({"sample": cohort.samples, "label": cohort.labels})
    _write(folder / PHENOTYPES, labels)
    ids = {"FID": 0, "IID": cohort.samples}
    traits = {trait.name: pd.array(trait.coded, "Int64") for trait in cohort.phenotypes()}
    _write(folder / TRAITS, pd.DataFrame(ids | traits))
    own = principal_components(cohort, COMPONENTS)
    covariates = {f"PC{i + 1}": own[:, i].round(6) for i in range(own.shape[1])}
    _write(folder / COVARIATES, pd.DataFrame(ids | covariates))
    genes, snps = gene_tables(cohort.sites, models_paths)
    _write(folder / GENES, genes)
    _write(folder / SNPS, snps)


def _write(path: Path, table: pd.DataFrame) -> None:
    with whole_file(path) as temporary:
        table.to_csv(temporary, sep="\t", index=False, na_rep="NA")


def principal_components(cohort: Cohort, count: int) -> np.ndarray:
    """Leading principal components float64 (N, count) of the individuals' standardised dosages, computed
    from the released individuals alone.

    Of up to 2,000 SNPs, evenly spread over all of them, a SNP with r2 above 0.2 with one before it is
    left out: else the components are those of genes with much linkage disequilibrium, and remove their
    associations.
    """
    most = min(_PCA_SNPS, max(1, _PCA_VALUES // max(1, len(cohort.samples))))
    step = max(1, -(-len(cohort.sites) // most))
    chosen = np.arange(0, len(cohort.sites), step)
    x, at = np.empty((len(chosen), len(cohort.samples)), np.float32), 0
    for sites, dosage in cohort.blocks():
        own = np.flatnonzero(sites.index.to_numpy() % step == 0)
        x[at : at + len(own)] = dosage[own]
        at += len(own)
    x -= x.mean(1, keepdims=True)
    deviation = x.std(1, keepdims=True)
    x /= np.where(deviation > 0, deviation, 1)
    x = x[_unlinked(np.square(x @ x.T / x.shape[1]))]
    values, vectors = np.linalg.eigh((x @ x.T).astype(np.float64))
    count = min(count, int((values > 1e-6 * max(values.max(), 1)).sum()))
    leading = vectors[:, ::-1][:, :count]
    # The sign of a component is arbitrary: the largest loading is positive.
    leading *= np.sign(leading[np.abs(leading).argmax(0), np.arange(count)])
    return (x.T @ leading.astype(np.float32)).astype(np.float64)


def variance_shares(model: dict) -> np.ndarray:
    """Share of the variance of each SNP that the components of a gene keep, (V,), with the variance of
    Hardy-Weinberg equilibrium, m (1 - m / 2) for a mean dosage m; at most 1."""
    mean = np.array(model["mean"])
    explained = np.array(model["explained_variance"]) @ np.square(model["loadings"])
    return np.minimum(explained / (mean * (1 - mean / 2)), 1)


def _unlinked(r2: np.ndarray) -> list[int]:
    """Numbers of SNPs without r2 above _MOST_R2 (V, V) with a chosen one before; at least one SNP."""
    chosen: list[int] = []
    for i, row in enumerate(r2):
        if row[i] > 0 and not (chosen and row[chosen].max() > _MOST_R2):
            chosen.append(i)
    return chosen or [0]


def gene_tables(sites: pd.DataFrame, models_paths: list[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Genes with their chromosome, first and last SNP and number of SNPs; SNPs with their genes and the
    share of their variance that the components of the gene keep that explains most of it."""
    genes, owners, kept = [], {}, {}
    for path in models_paths:
        for model in iter_models(path, _MODEL_FIELDS):
            for *site, share in zip(
                model["pos"], model["ref"], model["alt"], variance_shares(model), strict=True
            ):
                key = (model["chrom"], *site)
                owners.setdefault(key, []).append(model["gene"])
                kept[key] = max(share, kept.get(key, 0))
            place = {"first_position": min(model["pos"]), "last_position": max(model["pos"])}
            genes.append(
                {"gene": model["gene"], "chrom": model["chrom"]} | place | {"snps": len(model["pos"])}
            )
    keys = list(sites[["chrom", "pos", "ref", "alt"]].itertuples(index=False, name=None))
    names = [",".join(owners[key]) for key in keys]
    shares = [round(kept[key], 3) for key in keys]
    columns = ["gene", "chrom", "first_position", "last_position", "snps"]
    return pd.DataFrame(genes, columns=columns), sites.assign(genes=names, variance_kept=shares)
