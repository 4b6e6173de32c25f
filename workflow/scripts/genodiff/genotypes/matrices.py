"""Build the SNP matrices of the genes of a chromosome; quality control uses training individuals."""

import logging
import math
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np

from genodiff.annotations.assignment import Assignment
from genodiff.annotations.gene import Gene, genes_of
from genodiff.formats.genotypes import MISSING_DOSAGE, SNP_FIELDS, write_genes
from genodiff.formats.split import read_kept
from genodiff.genotypes.inputs import GenotypeFiles
from genodiff.genotypes.quality import Quality, SnpFilter, control_label
from genodiff.genotypes.snps import Snp, iter_snps
from genodiff.qc.counts import Tally
from genodiff.qc.outcomes import words
from genodiff.runtime.errors import InputError
from genodiff.runtime.logs import logger
from genodiff.runtime.memory import data_bytes

# Expected outcomes of thresholds and genes; others are logged as warnings.
_ORDINARY = {
    ("record", "kept"), ("record", "not_in_a_gene"), ("record", "minor_allele_frequency"),
    ("record", "association"), ("record", "linkage_disequilibrium"), ("record", "gene_size"),
    ("gene", "kept"),
}  # fmt: skip
# Missing rate above which an individual is reported.
_MANY_MISSING = 0.1


@dataclass
class _Waiting:
    """A gene whose SNPs are not complete yet."""

    gene: Gene
    # SNPs with ALT frequency and missing rate; empty for a gene with too many SNPs.
    rows: list[tuple[Snp, float, float]] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)  # of all SNPs, in order

    @property
    def snps(self) -> int:
        return len(self.numbers)


class _Fates:
    """Count SNPs that pass quality control: a SNP is kept if one of its genes is kept, which is known
    when its last gene is finished."""

    def __init__(self, tally: Tally) -> None:
        self._tally, self._count = tally, 0
        self._open: dict[int, list] = {}  # SNP number: unfinished genes, kept, locus

    def wait(self, genes: int, locus: str) -> int:
        """Add a SNP of so many genes (at least one); returns its number."""
        self._count += 1
        self._open[self._count] = [genes, False, locus]
        return self._count

    def finish(self, numbers: list[int], kept: bool) -> None:
        """Finish a gene with these SNPs."""
        for number in numbers:
            fate = self._open[number]
            fate[0] -= 1
            fate[1] |= kept
            if fate[0]:
                continue
            del self._open[number]
            if fate[1]:
                self._tally.add("record", "kept")
            else:
                self._tally.add("record", "gene_size", fate[2])


def gene_matrices(
    snps: Iterable[Snp],
    assignment: Assignment,
    passes: Callable[[Snp], tuple[str | None, float, float]],
    size: tuple[int, int | None],
    tally: Tally,
    most_bytes: float = math.inf,
) -> Iterator[tuple[dict, np.ndarray]]:
    """Yield `(SNP columns, dosages int8 (V, N))` for each gene, in the order of the assignment's genes.

    `snps` are sorted by position; `assignment` gives the genes of a SNP. `passes` returns the reason to
    drop a SNP (or None), its ALT frequency and its missing rate. `size`: smallest and largest number of
    SNPs of a kept gene (None: no limit). `tally` counts SNPs and genes by outcome. Only genes that may
    include the current position are in memory; raises InputError if these and a copy of the largest need
    more than `most_bytes`.
    """
    genes, largest = assignment.genes, math.inf if size[1] is None else size[1]
    waiting = deque(map(_Waiting, genes))
    fates = _Fates(tally)
    first = held = 0  # number of the first waiting gene, and of the rows of all waiting genes

    def take(finished: int) -> Iterator[tuple[dict, np.ndarray]]:
        nonlocal first, held
        while first < finished:
            gene = waiting.popleft()
            first, held = first + 1, held - len(gene.rows)
            outcome = _size_outcome(gene.snps, size)
            tally.add("gene", outcome, None if outcome == "kept" else gene.gene.name)
            fates.finish(gene.numbers, outcome == "kept")
            if outcome == "kept":
                yield _gene_table(gene.gene, gene.rows)

    for snp in snps:
        yield from take(assignment.finished(snp.pos))
        reason, frequency, missing = passes(snp)
        locus, covering = f"{snp.chrom}:{snp.pos}", assignment.genes_at(snp.pos)
        if reason is not None:
            tally.add("record", reason, locus)
            continue
        snp_number = fates.wait(len(covering), locus)
        for number in covering:
            gene = waiting[number - first]
            gene.numbers.append(snp_number)
            if gene.snps > largest:
                held -= len(gene.rows)
                gene.rows.clear()
            else:
                gene.rows.append((snp, frequency, missing))
                held += 1
                _check_memory(gene, held, len(snp.dosage), most_bytes)
    yield from take(len(genes))


def _check_memory(waiting: _Waiting, held: int, individuals: int, most_bytes: float) -> None:
    needed, gene = (held + len(waiting.rows)) * individuals, waiting.gene
    if needed > most_bytes:
        raise InputError(
            f"gene {gene.name} ({gene.chrom}:{gene.start + 1}-{gene.end}): its first {waiting.snps} "
            f"SNPs of {individuals} individuals, with the genes that overlap it, need "
            f"{needed // 2**20} MB, more than features.memory_mb leaves; increase it, or exclude such "
            f"genes with a features.max_snps below {waiting.snps}"
        )


def _size_outcome(snps: int, size: tuple[int, int | None]) -> str:
    smallest, largest = size
    if snps == 0:
        return "without_snps"
    if snps < smallest:
        return "too_few_snps"
    if largest is not None and snps > largest:
        return "too_many_snps"
    return "kept"


def _gene_table(gene: Gene, rows: list[tuple[Snp, float, float]]) -> tuple[dict, np.ndarray]:
    columns = {name: [] for name, _ in SNP_FIELDS}
    for snp, frequency, missing in rows:
        values = (gene.name, snp.chrom, snp.pos, snp.id, snp.ref, snp.alt, frequency, missing)
        for name, value in zip(columns, values, strict=True):
            columns[name].append(value)
    return columns, np.stack([snp.dosage for snp, _, _ in rows])


class _MissingCalls:
    """Filter SNPs, and count missing calls of kept SNPs and of every individual, int64 (N,)."""

    def __init__(self, individuals: int, passes: SnpFilter, tally: Tally) -> None:
        self.snps, self.missing = 0, np.zeros(individuals, np.int64)
        self._passes, self._tally = passes, tally

    def __call__(self, snp: Snp) -> tuple[str | None, float, float]:
        result = self._passes(snp)
        missing = snp.dosage == MISSING_DOSAGE
        self.snps += 1
        count = int(np.count_nonzero(missing))
        if count:
            self.missing += missing
            if result[0] is None:
                self._tally.add("call", "imputed", None, count)
        return result

    def shares(self) -> np.ndarray:
        """Missing rate of each individual, float64 (N,)."""
        return self.missing / max(1, self.snps)

    def count_incomplete(self, samples: list[str]) -> None:
        """Count the missing calls of individuals who lack many, and name the one who lacks most, unless
        most individuals do."""
        share = self.shares()
        many = share > _MANY_MISSING
        if 0 < many.sum() <= len(samples) / 2:
            worst, calls = samples[int(share.argmax())], int(self.missing[many].sum())
            self._tally.add("call", "of_incomplete_individuals", worst, calls)


def write_matrices(
    *, files: GenotypeFiles, chromosome: str, genes: list[Gene], between: str,
    split_path: str | os.PathLike, matrices_path: str | os.PathLike, quality: Quality,
    size: tuple[int, int | None], control: str | None, memory_mb: int,
) -> Tally:  # fmt: skip
    """Write the SNP matrices of a chromosome's genes; return counts of records, calls and genes.

    `between`: "drop" or "nearest", the treatment of SNPs between genes. `size`: see `gene_matrices`.
    `control`: the declared label of controls. Raises InputError for a gene that exceeds `memory_mb`.
    """
    split = read_kept(split_path)
    samples = split["sample"].tolist()
    tally, chromosome_genes = Tally(), genes_of(genes, chromosome)
    if not chromosome_genes:
        logger.warning("no gene on chromosome %s", chromosome)
    reader = files.open(chromosome)
    _log_skipped_individuals(reader.path, reader.samples, samples)
    assignment = Assignment(chromosome_genes, between)
    labels = sorted(set(split["label"].dropna()))
    control = control_label(labels, control)
    passes = SnpFilter(quality, split, control)
    missing = _MissingCalls(len(samples), passes, tally)
    snps = iter_snps(
        reader, chromosome, samples, tally,
        wanted=lambda pos: bool(assignment.genes_at(pos)), passed_only=quality.passed_only,
    )  # fmt: skip
    matrices = gene_matrices(snps, assignment, missing, size, tally, data_bytes(memory_mb) / 2)
    write_genes(matrices_path, samples, matrices)
    missing.count_incomplete(samples)
    _report(reader.path, tally, missing, samples, quality, control)
    return tally


def _log_skipped_individuals(path: str, there: list[str], samples: list[str]) -> None:
    strangers = len(set(there) - set(samples))
    if strangers:
        logger.info("%s: %d individuals are not used", path, strangers)


def _report(path, tally, missing, samples, quality, control) -> None:
    if quality.min_hwe_p is not None and control is None:
        logger.info("no Hardy-Weinberg test: no label denotes controls (cohort.control_label)")
    for level, wanted in ((logging.INFO, False), (logging.WARNING, True)):
        counts = [
            f"{unit}s, {words(unit, outcome)}: {count}"
            for unit, outcome, count in tally
            if ((unit, outcome) not in _ORDINARY) is wanted
        ]
        if counts:
            logger.log(level, "%s: %s", path, "; ".join(counts))
    share = missing.shares()
    if (share > _MANY_MISSING).any():
        worst = int(share.argmax())
        logger.warning(
            "%s: %d individuals lack more than %.0f%% of the calls, %r (%.0f%%) most; SNPs with "
            "missing calls in training individuals are dropped or imputed for all individuals "
            "(quality.max_missing %g); exclude such individuals with quality.max_individual_missing",
            path, int((share > _MANY_MISSING).sum()), 100 * _MANY_MISSING, samples[worst],
            100 * share[worst], quality.max_missing,
        )  # fmt: skip
