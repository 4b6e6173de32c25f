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
# Principal components in the covariates, and the SNPs, evenly spread, from which they are computed.
COMPONENTS, _PCA_SNPS = 10, 2000
# Values of all individuals that are in memory for them.
_PCA_VALUES = 2**27


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
    """Leading principal components float64 (N, count) of the individuals' standardised dosages at up to
    2,000 SNPs, evenly spread over all of them; computed from the released individuals alone."""
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
    values, vectors = np.linalg.eigh((x @ x.T).astype(np.float64))
    count = min(count, int((values > 1e-6 * max(values.max(), 1)).sum()))
    leading = vectors[:, ::-1][:, :count]
    # The sign of a component is arbitrary: the largest loading is positive.
    leading *= np.sign(leading[np.abs(leading).argmax(0), np.arange(count)])
    return (x.T @ leading.astype(np.float32)).astype(np.float64)


def gene_tables(sites: pd.DataFrame, models_paths: list[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Genes with their chromosome, first and last SNP and number of SNPs; SNPs with their genes."""
    genes, owners = [], {}
    for path in models_paths:
        for model in iter_models(path, ("gene", "chrom", "pos", "ref", "alt")):
            keys = zip(model["pos"], model["ref"], model["alt"], strict=True)
            for key in keys:
                owners.setdefault((model["chrom"], *key), []).append(model["gene"])
            place = {"first_position": min(model["pos"]), "last_position": max(model["pos"])}
            genes.append(
                {"gene": model["gene"], "chrom": model["chrom"]} | place | {"snps": len(model["pos"])}
            )
    rows = sites[["chrom", "pos", "ref", "alt"]].itertuples(index=False)
    names = [",".join(owners[tuple(row)]) for row in rows]
    columns = ["gene", "chrom", "first_position", "last_position", "snps"]
    return pd.DataFrame(genes, columns=columns), sites.assign(genes=names)
