"""Find the SNPs of this cohort in the genotypes of another one, on one chromosome."""

import os
from collections import deque
from collections.abc import Iterable, Iterator

import numpy as np

from genodiff.formats.genotypes import MISSING_DOSAGE, read_snps, write_genes
from genodiff.genotypes.inputs import GenotypeFiles
from genodiff.genotypes.readers import Reader
from genodiff.genotypes.snps import Snp, contig_of, inverted, iter_known_snps, iter_snps
from genodiff.qc.counts import Tally
from genodiff.qc.outcomes import words
from genodiff.runtime.logs import logger

# Expected outcomes in another cohort; others are logged as warnings.
_ORDINARY = {
    ("snp", "found"), ("snp", "palindromic"), ("record", "not_in_the_models"), ("call", "imputed"),
    ("snp", "no_copy"),
}  # fmt: skip
# Missing rate of the models' SNPs above which a warning is logged.
_MANY_MISSING = 0.1
# Share of the SNPs that are found below which ids are compared to find out why.
_FEW_FOUND = 0.5
_COMPLEMENT = str.maketrans("ACGT", "TGCA")
# A SNP by position and alleles.
Key = tuple[int, str, str]


def keys_of(gene: dict) -> list[Key]:
    """The SNPs of a gene, or of its model, which has lists `pos`, `ref` and `alt`."""
    return list(zip(gene["pos"], gene["ref"], gene["alt"], strict=True))


def _both_ways(pos: int, ref: str, alt: str) -> tuple[Key, Key]:
    return (pos, ref, alt), (pos, alt, ref)


def model_dosages(
    snps: Iterable[Snp], wanted: set[Key], tally: Tally
) -> Iterator[tuple[Key, np.ndarray]]:
    """Yield the keys of the models' SNPs with dosages int8 (N,) of the models' ALT.

    If REF and ALT are exchanged, dosages are inverted and counted as "swapped"; a SNP with other alleles
    at a position of the models is omitted and counted as "other_alleles", or as "other_strand" if they
    are the complements; so is a SNP without calls ("no_call").
    """
    for snp in snps:
        locus, (key, swapped) = f"{snp.chrom}:{snp.pos}", _both_ways(snp.pos, snp.ref, snp.alt)
        match = next((k for k in (key, swapped) if k in wanted), None)
        complement = snp.ref.translate(_COMPLEMENT), snp.alt.translate(_COMPLEMENT)
        if match is None:
            other = any(k in wanted for k in _both_ways(snp.pos, *complement))
            tally.add("snp", "other_strand" if other else "other_alleles", locus)
            continue
        missing = snp.dosage == MISSING_DOSAGE
        if missing.all():
            tally.add("snp", "no_call", locus)
        else:
            if missing.any():
                tally.add("call", "imputed", None, int(np.count_nonzero(missing)))
            if snp.alt == complement[0]:
                tally.add("snp", "palindromic")
            if not snp.listed:
                tally.add("snp", "no_copy", locus)
                yield match, snp.dosage if match == key else inverted(snp.dosage)
            elif match == key:
                tally.add("snp", "found")
                yield match, snp.dosage
            else:
                tally.add("snp", "swapped", locus)
                yield match, inverted(snp.dosage)


def gene_dosages(
    genes: list[dict], snps: Iterable[tuple[Key, np.ndarray]], individuals: int, tally: Tally
) -> Iterator[tuple[dict, np.ndarray]]:
    """Yield each gene, in order, with the dosages int8 (V, N) of its SNPs; an absent SNP is missing for
    all individuals and counted once. Rows are deleted when no later gene needs them."""
    waiting, rows, absent = deque(genes), {}, set()
    # Smallest position of each gene and all later genes.
    first = list(np.minimum.accumulate([gene["pos"][0] for gene in genes][::-1])[::-1])

    def take(pos: float) -> Iterator[tuple[dict, np.ndarray]]:
        while waiting and waiting[0]["pos"][-1] < pos:
            gene = waiting.popleft()
            dosage = np.full((len(gene["pos"]), individuals), MISSING_DOSAGE, np.int8)
            for row, key, chrom in zip(dosage, keys_of(gene), gene["chrom"], strict=True):
                if key in rows:
                    row[:] = rows[key]
                elif key not in absent:
                    absent.add(key)
                    tally.add("snp", "absent", f"{chrom}:{key[0]}")
            yield gene, dosage
            needed = first[len(genes) - len(waiting)] if waiting else float("inf")
            for key in [key for key in rows if key[0] < needed]:
                del rows[key]

    for key, dosage in snps:
        yield from take(key[0])
        rows[key] = dosage
    yield from take(float("inf"))


def found_snps(tally: Tally) -> int:
    """Number of the SNPs that are found."""
    return tally["snp", "found"] + tally["snp", "swapped"]


def match_chromosome(
    *, files: GenotypeFiles, chromosome: str, samples: list[str], matrices_path: str | os.PathLike,
    passed_only: bool, output: str | os.PathLike, by_call: bool = False,
) -> Tally:  # fmt: skip
    """Write the matrices of this cohort's genes with the calls of the individuals `samples` of another
    cohort; return counts of its records, calls and of the SNPs.

    `matrices_path`: those of this cohort. A SNP that the other cohort lacks is missing for all
    individuals. by_call: read each call by itself, also of records that lack an allele or have more, so
    that no individual decides what others have (`iter_known_snps`).
    """
    genes, tally = read_snps(matrices_path), Tally()
    reader = files.open(chromosome)
    wanted = {key for gene in genes for key in keys_of(gene)}
    known: dict[int, list[tuple[str, str]]] = {}
    for pos, *alleles in wanted:
        known.setdefault(pos, []).append(tuple(alleles))
    if by_call:
        snps = iter_known_snps(reader, chromosome, samples, tally, known, passed_only)
    else:
        snps = iter_snps(
            reader, chromosome, samples, tally, wanted=known.__contains__, passed_only=passed_only,
            unwanted="not_in_the_models",
        )  # fmt: skip
    dosages = model_dosages(snps, wanted, tally)
    matched = gene_dosages(genes, dosages, len(samples), tally)
    calls = np.zeros(len(samples), np.int64)
    write_genes(output, samples, _columns(matched, calls))
    if found_snps(tally) < _FEW_FOUND * len(wanted):
        _count_moved(reader, chromosome, genes, tally)
    _report(reader.path, tally, len(samples))
    without = np.flatnonzero(calls == 0)
    if found_snps(tally) and len(without):
        logger.warning(
            "%s: %d of the %d individuals have no call at these SNPs, %r first; each of them "
            "becomes the training mean", reader.path, len(without), len(samples), samples[without[0]],
        )  # fmt: skip
    return tally


def _columns(
    matched: Iterable[tuple[dict, np.ndarray]], calls: np.ndarray
) -> Iterator[tuple[dict, np.ndarray]]:
    """The genes with their name in every row; adds each individual's calls to `calls` int64 (N,)."""
    for gene, dosage in matched:
        calls += np.count_nonzero(dosage != MISSING_DOSAGE, axis=0)
        yield gene | {"gene": [gene["gene"]] * len(dosage)}, dosage


def _count_moved(reader: Reader, chromosome: str, genes: list[dict], tally: Tally) -> None:
    """Count the SNPs whose id another position has in the other cohort."""
    places: dict[str, set[int]] = {}
    for gene in genes:
        for name, pos in zip(gene["id"], gene["pos"], strict=True):
            if name not in (".", ""):
                places.setdefault(name, set()).add(pos)
    for site in reader.sites(contig_of(reader, chromosome)):
        here = places.get(site.id)
        if here and site.pos not in here:
            tally.add("snp", "moved", f"{site.id} at {chromosome}:{site.pos}, here {min(here)}")


def _report(path: str, tally: Tally, individuals: int) -> None:
    for unit, outcome, count in tally:
        level = logger.info if (unit, outcome) in _ORDINARY else logger.warning
        level("%s: %ss, %s: %s", path, unit, words(unit, outcome), count)
    calls, missing = individuals * found_snps(tally), tally["call", "imputed"]
    if missing > _MANY_MISSING * calls:
        logger.warning(
            "%s: %.0f%% of the calls of the models' SNPs are missing and imputed with the training "
            "mean, which reduces differences between individuals; is it the right file?",
            path, 100 * missing / calls,
        )  # fmt: skip
