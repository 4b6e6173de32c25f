"""Per-gene SNP matrices of one chromosome: quality control on training people, gene by gene."""

import os
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from genodiff.errors import InputError
from genodiff.formats.common import whole_file
from genodiff.formats.genotypes import MISSING_DOSAGE, SNP_FIELDS, write_genes
from genodiff.formats.people import TRAINING_SETS, read_split
from genodiff.genotypes.genes import Gene, genes_of, read_bed
from genodiff.genotypes.vcf import Snp, iter_snps
from genodiff.genotypes.vcf import read_samples as vcf_samples
from genodiff.logs import logger

# A frequency that equals a threshold passes, whichever allele it is counted from.
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Quality:
    """Thresholds, all computed on the training people only (Luo et al. 2023: 0.01 and 0)."""

    min_maf: float  # a SNP with a smaller minor allele frequency is dropped
    max_missing: float  # a SNP with a larger share of missing calls is dropped


def frequencies(dosage: np.ndarray, training: np.ndarray) -> tuple[float, float]:
    """ALT allele frequency (NaN without a call) and missing rate over the training people."""
    calls = dosage[training]
    called = calls != MISSING_DOSAGE
    n = int(called.sum())
    frequency = float(calls[called].sum(dtype=np.int64)) / (2 * n) if n else float("nan")
    return frequency, (len(calls) - n) / len(calls)


def quality_reason(frequency: float, missing: float, quality: Quality) -> str | None:
    """Why a SNP fails quality control, or None; the first of the reasons that hold."""
    if missing > quality.max_missing or np.isnan(frequency):
        return "missing_rate"
    if frequency in (0.0, 1.0):
        return "monomorphic_in_training"
    if min(frequency, 1 - frequency) < quality.min_maf - _ROUNDING:
        return "minor_allele_frequency"
    return None


def gene_matrices(
    snps: Iterable[Snp],
    genes: list[Gene],
    training: np.ndarray,
    quality: Quality,
    size: tuple[int, int | None],
    counts: Counter,
) -> Iterator[tuple[dict, np.ndarray]]:
    """Yield `(SNP columns, dosages int8 (V, N))` for each gene, in the order of `genes`.

    `snps` are sorted by position and `genes` by start; a SNP goes to every gene that covers it.
    `training` is a bool (N,) mask. `size` is the smallest and largest number of SNPs of a gene
    that is kept (None: no limit). `counts` gets what became of SNPs and genes. Only genes that the
    current position may still touch are in memory.
    """
    waiting = deque((gene, []) for gene in genes)

    def take_finished(pos: float) -> Iterator[tuple[dict, np.ndarray]]:
        while waiting and waiting[0][0].end < pos:
            gene, rows = waiting.popleft()
            reason = _size_reason(len(rows), size)
            counts[reason] += 1
            if reason == "genes_kept":
                yield _gene_table(gene, rows)

    for snp in snps:
        yield from take_finished(snp.pos)
        covering = []
        for gene, rows in waiting:
            if gene.start >= snp.pos:
                break
            if gene.covers(snp.pos):
                covering.append(rows)
        if not covering:
            counts["not_in_a_gene"] += 1
            continue
        frequency, missing = frequencies(snp.dosage, training)
        reason = quality_reason(frequency, missing, quality)
        if reason:
            counts[reason] += 1
            continue
        counts["snps_kept"] += 1
        for rows in covering:
            rows.append((snp, frequency, missing))
    yield from take_finished(float("inf"))


def _size_reason(snps: int, size: tuple[int, int | None]) -> str:
    smallest, largest = size
    if snps == 0:
        return "genes_without_snps"
    if snps < smallest:
        return "genes_with_too_few_snps"
    if largest is not None and snps > largest:
        return "genes_with_too_many_snps"
    return "genes_kept"


def _gene_table(gene: Gene, rows: list[tuple[Snp, float, float]]) -> tuple[dict, np.ndarray]:
    columns = {name: [] for name, _ in SNP_FIELDS}
    for snp, frequency, missing in rows:
        values = (gene.name, snp.chrom, snp.pos, snp.id, snp.ref, snp.alt, frequency, missing)
        for name, value in zip(columns, values, strict=True):
            columns[name].append(value)
    return columns, np.stack([snp.dosage for snp, _, _ in rows])


def write_counts(path: str | os.PathLike, chromosome: str, counts: Counter) -> None:
    """What became of records, SNPs and genes: a TSV of chromosome, what, count."""
    with whole_file(path) as temporary, open(temporary, "w", encoding="utf-8") as file:
        file.write("chromosome\twhat\tcount\n")
        for what, count in sorted(counts.items()):
            file.write(f"{chromosome}\t{what}\t{count}\n")


def write_matrices(
    vcf: str, chromosome: str, genes_path: str, split_path: str, matrices_path: str,
    counts_path: str, quality: Quality, size: tuple[int, int | None],
) -> None:  # fmt: skip
    """Write the SNP matrices of a chromosome's genes, and the counts of what became of its records."""
    split = read_split(split_path)
    strangers = set(vcf_samples(vcf)) - set(split["sample"])
    if strangers:
        raise InputError(
            f"{vcf}: {len(strangers)} people of this file are not in {split_path}, {min(strangers)!r} "
            "for one; that holds the first chromosome's, and every chromosome must hold the same people"
        )
    split = split[split["set"] != "excluded"]
    samples = split["sample"].tolist()
    training = split["set"].isin(TRAINING_SETS).to_numpy()
    genes, counts = genes_of(read_bed(genes_path), chromosome), Counter()
    if not genes:
        logger.warning("%s: no gene on chromosome %s", genes_path, chromosome)
    snps = iter_snps(vcf, chromosome, samples, counts)
    write_genes(matrices_path, samples, gene_matrices(snps, genes, training, quality, size, counts))
    write_counts(counts_path, chromosome, counts)
    logger.info("%s", ", ".join(f"{what} {count}" for what, count in sorted(counts.items())))
