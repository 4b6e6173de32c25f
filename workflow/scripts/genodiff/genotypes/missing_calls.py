"""Count the missing calls of each individual before SNPs are removed for missing calls."""

import os

import numpy as np
import pandas as pd

from genodiff.annotations.assignment import Assignment
from genodiff.annotations.gene import Gene, genes_of
from genodiff.formats.common import whole_file
from genodiff.formats.genotypes import MISSING_DOSAGE
from genodiff.genotypes.inputs import GenotypeFiles
from genodiff.genotypes.snps import iter_snps
from genodiff.qc.counts import Tally
from genodiff.qc.outcomes import words
from genodiff.runtime.logs import logger


def write_missing_calls(
    *, files: GenotypeFiles, chromosome: str, genes: list[Gene], between: str, passed_only: bool,
    output: str | os.PathLike,
) -> None:  # fmt: skip
    """Write a TSV of sample, number of SNPs in genes and missing calls in them, for one chromosome."""
    reader = files.open(chromosome)
    assignment = Assignment(genes_of(genes, chromosome), between)
    missing, snps = np.zeros(len(reader.samples), np.int64), 0
    tally = Tally()
    for snp in iter_snps(
        reader, chromosome, reader.samples, tally,
        wanted=lambda pos: bool(assignment.genes_at(pos)), passed_only=passed_only,
    ):  # fmt: skip
        missing += snp.dosage == MISSING_DOSAGE
        snps += 1
    table = pd.DataFrame({"sample": reader.samples, "snps": snps, "missing": missing})
    with whole_file(output) as temporary:
        table.to_csv(temporary, sep="\t", index=False)
    logger.info("%d SNPs in genes", snps)
    for outcome, count in tally.of("call").items():
        logger.warning("%s: calls, %s: %s", reader.path, words("call", outcome), count)


def missing_rates(paths: list[str], samples: list[str]) -> np.ndarray:
    """Missing rate of each individual over all chromosomes, float64 (N,); 0 without SNPs."""
    tables = [
        pd.read_csv(path, sep="\t", dtype={"sample": str}, keep_default_na=False).set_index("sample")
        for path in paths
    ]
    missing = sum(table["missing"].reindex(samples).to_numpy() for table in tables)
    snps = sum(table["snps"].reindex(samples).to_numpy() for table in tables)
    return np.divide(missing, snps, out=np.zeros(len(samples)), where=snps > 0)
