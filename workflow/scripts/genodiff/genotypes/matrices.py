"""Per-gene SNP matrices of one chromosome: quality control on training individuals, gene by gene."""

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
from genodiff.formats.split import read_split
from genodiff.genotypes.inputs import GenotypeFiles
from genodiff.genotypes.quality import Quality, SnpFilter, control_label
from genodiff.genotypes.snps import Snp, iter_snps
from genodiff.qc.counts import Tally
from genodiff.qc.outcomes import words
from genodiff.runtime.errors import InputError
from genodiff.runtime.logs import logger
from genodiff.runtime.memory import data_bytes

# What thresholds and genes were chosen for; everything else is worth a look at the file.
_ORDINARY = {
    ("record", "kept"), ("record", "not_in_a_gene"), ("record", "minor_allele_frequency"),
    ("record", "association"), ("record", "linkage_disequilibrium"), ("record", "gene_size"),
    ("gene", "kept"),
}  # fmt: skip
# An individual who misses a larger share of the calls is named to the user.
_MANY_MISSING = 0.1


@dataclass
class _Waiting:
    """A gene whose SNPs are still coming."""

    gene: Gene
    rows: list[tuple[Snp, float, float]] = field(
        default_factory=list
    )  # none of a gene that is too large
    numbers: list[int] = field(default_factory=list)  # of all its SNPs, in the order they came

    @property
    def snps(self) -> int:
        return len(self.numbers)


class _Fates:
    """What becomes of SNPs that pass: kept once a gene that holds them is; known when the last of their
    genes is finished."""

    def __init__(self, tally: Tally) -> None:
        self._tally, self._count = tally, 0
        self._open: dict[int, list] = {}  # number of the SNP: its unfinished genes, kept, place

    def wait(self, genes: int, place: str) -> int:
        """A new SNP of so many genes (some); gives its number."""
        self._count += 1
        self._open[self._count] = [genes, False, place]
        return self._count

    def finish(self, numbers: list[int], kept: bool) -> None:
        """A gene with these SNPs is finished."""
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

    `snps` are sorted by position; a SNP goes to every gene that the assignment gives it. `passes` says
    why a SNP is dropped, its frequency and missing rate. `size` is the smallest and largest number of
    SNPs of a gene that is kept (None: no limit). `tally` gets what became of SNPs and genes. Only genes
    that the current position may still touch are in memory; raises InputError when they and a copy of
    the largest take more than `most_bytes`.
    """
    genes, largest = assignment.genes, math.inf if size[1] is None else size[1]
    waiting = deque(map(_Waiting, genes))
    fates = _Fates(tally)
    first = held = 0  # the number of the gene that waits first, and of the rows of all that wait

    def take(finished: int) -> Iterator[tuple[dict, np.ndarray]]:
        nonlocal first, held
        while first < finished:
            own = waiting.popleft()
            first, held = first + 1, held - len(own.rows)
            outcome = _size_outcome(own.snps, size)
            tally.add("gene", outcome, None if outcome == "kept" else own.gene.name)
            fates.finish(own.numbers, outcome == "kept")
            if outcome == "kept":
                yield _gene_table(own.gene, own.rows)

    for snp in snps:
        yield from take(assignment.finished(snp.pos))
        reason, frequency, missing = passes(snp)
        place, here = f"{snp.chrom}:{snp.pos}", assignment.genes_at(snp.pos)
        if reason is not None:
            tally.add("record", reason, place)
            continue
        snp_number = fates.wait(len(here), place)
        for number in here:
            own = waiting[number - first]
            own.numbers.append(snp_number)
            if own.snps > largest:
                held -= len(own.rows)
                own.rows.clear()
            else:
                own.rows.append((snp, frequency, missing))
                held += 1
                _check_memory(own, held, len(snp.dosage), most_bytes)
    yield from take(len(genes))


def _check_memory(own: _Waiting, held: int, individuals: int, most_bytes: float) -> None:
    needed = (held + len(own.rows)) * individuals
    if needed > most_bytes:
        raise InputError(
            f"gene {own.gene.name} ({own.gene.chrom}:{own.gene.start + 1}-{own.gene.end}): its first "
            f"{own.snps} SNPs of {individuals} individuals, with the genes that overlap it, take "
            f"{needed // 2**20} MB, more than features.memory_mb leaves; raise that, or leave such "
            f"genes out with a features.max_snps below {own.snps}"
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
    """Passes SNPs on, and counts the missing calls of those that are kept and of every individual."""

    def __init__(self, individuals: int, passes: SnpFilter, tally: Tally) -> None:
        self.snps, self.missing = 0, np.zeros(individuals, np.int64)
        self._passes, self._tally = passes, tally

    def __call__(self, snp: Snp) -> tuple[str | None, float, float]:
        found = self._passes(snp)
        missing = snp.dosage == MISSING_DOSAGE
        self.snps += 1
        count = int(np.count_nonzero(missing))
        if count:
            self.missing += missing
            if found[0] is None:
                self._tally.add("call", "imputed", None, count)
        return found


def write_matrices(
    *, files: GenotypeFiles, chromosome: str, genes: list[Gene], between: str,
    split_path: str | os.PathLike, matrices_path: str | os.PathLike, quality: Quality,
    size: tuple[int, int | None], control: str | None, memory_mb: int,
) -> Tally:  # fmt: skip
    """Write the SNP matrices of a chromosome's genes; return what became of records, calls and genes.

    `between`: what becomes of SNPs between genes, "drop" or "nearest". Without `matrices_path`
    nothing is written: everything is read and counted only. Raises InputError for a gene that does not
    fit into `memory_mb`.
    """
    split = read_split(split_path)
    split = split[split["set"] != "excluded"]
    samples = split["sample"].tolist()
    tally, here = Tally(), genes_of(genes, chromosome)
    if not here:
        logger.warning("no gene on chromosome %s", chromosome)
    reader = files.open(chromosome)
    _log_skipped_individuals(reader.path, reader.samples, samples)
    assignment = Assignment(here, between)
    labels = sorted(set(split["label"].dropna()))
    control = control_label(labels, control)
    passes = SnpFilter(quality, split, control)
    missing = _MissingCalls(len(samples), passes, tally)
    snps = iter_snps(
        reader, chromosome, samples, tally,
        wanted=lambda pos: bool(assignment.genes_at(pos)), passed_only=quality.passed_only,
    )  # fmt: skip
    found = gene_matrices(snps, assignment, missing, size, tally, data_bytes(memory_mb) / 2)
    write_genes(matrices_path, samples, found)
    _report(reader.path, tally, missing, samples, quality, control)
    return tally


def _log_skipped_individuals(path: str, there: list[str], samples: list[str]) -> None:
    strangers = len(set(there) - set(samples))
    if strangers:
        logger.info("%s: %d individuals are not used", path, strangers)


def _report(path, tally, missing, samples, quality, control) -> None:
    if quality.min_hwe_p is not None and control is None:
        logger.info("no Hardy-Weinberg test: no label is that of controls (cohort.control_label)")
    for level, wanted in ((logging.INFO, False), (logging.WARNING, True)):
        told = [
            f"{unit}s, {words(unit, outcome)}: {count}"
            for unit, outcome, count in tally
            if ((unit, outcome) not in _ORDINARY) is wanted
        ]
        if told:
            logger.log(level, "%s: %s", path, "; ".join(told))
    if missing.snps:
        share = missing.missing / missing.snps
        worst = int(share.argmax())
        if share[worst] > _MANY_MISSING:
            logger.warning(
                "%s: %d individuals miss more than %.0f%% of the calls, %r (%.0f%%) most; SNPs that training "
                "individuals miss are dropped or imputed for all individuals (quality.max_missing %g); leave such "
                "individuals out with quality.max_individual_missing",
                path, int((share > _MANY_MISSING).sum()), 100 * _MANY_MISSING, samples[worst],
                100 * share[worst], quality.max_missing,
            )  # fmt: skip
