"""Read the biallelic SNPs of one chromosome from files of any format."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from genodiff.annotations.contigs import plain
from genodiff.formats.genotypes import MISSING_DOSAGE
from genodiff.genotypes.readers import Reader, Site
from genodiff.qc.counts import Tally
from genodiff.runtime.errors import InputError
from genodiff.runtime.logs import progress

_BASES = frozenset("ACGT")
# The allele of a gVCF that stands for any other one: GATK's, and that of bcftools and DeepVariant.
_ANY_ALLELE = frozenset({"<NON_REF>", "<*>"})


@dataclass(frozen=True)
class Snp:
    """A biallelic SNP and the dosages of its ALT allele.

    listed: whether the record has both alleles; of one that it has not nobody has a copy.
    """

    chrom: str
    pos: int  # 1-based
    id: str
    ref: str
    alt: str
    dosage: np.ndarray  # int8 (N,), -1 missing
    listed: bool = True


def columns_of(reader: Reader, samples: list[str]) -> np.ndarray | None:
    """Column of each sample in the file, int64 (N,); None if the samples are those of the file in its
    order. Raises InputError if the file lacks a sample."""
    if samples == reader.samples:
        return None
    column = {name: i for i, name in enumerate(reader.samples)}
    absent = [name for name in samples if name not in column]
    if absent:
        raise InputError(
            f"{reader.path}: {len(absent)} of the {len(samples)} individuals of the split are not in "
            f"this file, for example {absent[0]!r}; every chromosome must contain the same individuals"
        )
    return np.array([column[name] for name in samples])


def contig_of(reader: Reader, chromosome: str) -> str:
    """The chromosome's name in the file, with or without 'chr'; raises InputError if it is absent."""
    same = [name for name in reader.contigs if plain(name) == plain(chromosome)]
    named = [name for name in same if name == chromosome] or same
    if not named:
        raise InputError(
            f"{reader.path}: no contig {chromosome!r} (nor with or without 'chr') in its header or "
            "table; correct that, or remove it from cohort.chromosomes. Contigs of the file: "
            f"{', '.join(list(reader.contigs)[:30])}"
        )
    return named[0]


def inverted(dosage: np.ndarray) -> np.ndarray:
    """Dosages int8 (N,) of the other allele."""
    return np.where(dosage == MISSING_DOSAGE, dosage, 2 - dosage).astype(np.int8)


def _not_sorted(reader: Reader, contig: str, pos: int, last: int) -> str:
    return (
        f"{reader.path}: not sorted: {contig}:{pos} comes after {contig}:{last}; sort and index the "
        "file (bcftools sort -Oz, or plink2 --sort-vars)"
    )


def _reject(site: Site, ref: str, alts: list[str], passed_only: bool) -> str | None:
    """The outcome of a record that is not an accepted biallelic SNP, or None."""
    if site.pos < 1:
        return "no_position"
    if not alts:
        return "no_alternate_allele"
    if not _ANY_ALLELE.isdisjoint(alts):
        return "gvcf"
    if len(alts) > 1:
        return "multiallelic"
    return _reject_pair(site, ref, alts[0], passed_only)


def _reject_pair(site: Site, ref: str, alt: str, passed_only: bool) -> str | None:
    if ref == alt or ref not in _BASES or alt not in _BASES:
        return "not_a_snp"
    if passed_only and not site.passed:
        return "filter_not_passed"
    return None


def iter_snps(
    reader: Reader,
    chromosome: str,
    samples: list[str],
    tally: Tally,
    wanted: Callable[[int], bool] = lambda pos: True,
    passed_only: bool = False,
    unwanted: str = "not_in_a_gene",
) -> Iterator[Snp]:
    """Yield the biallelic SNPs of a chromosome at `wanted` positions, in order of position.

    Dosages are int8 (N,) of the N `samples`, in that order. Other records are omitted and counted in
    `tally` by reason (`unwanted`: a SNP at another position), as are later records of the same POS and
    alleles, in either order ("duplicate_conflict" if their calls differ from the first). Raises
    InputError as `Reader.sites` does, if a contig or sample is absent, if positions are not sorted, and
    if no record has genotypes.
    """
    reader.verify()
    contig, columns = contig_of(reader, chromosome), columns_of(reader, samples)
    last, seen, kept = 0, {}, 0
    for site in progress(reader.sites(contig), None, "records"):
        locus = f"{contig}:{site.pos}"
        # PLINK gives the variants to leave out, and those without a position, no place in the order.
        if 0 < site.pos < last:
            raise InputError(_not_sorted(reader, contig, site.pos, last))
        if site.pos > last:
            last, seen = site.pos, {}
        ref, alts = site.ref.upper(), [alt.upper() for alt in site.alts]
        reason = _reject(site, ref, alts, passed_only)
        if reason is None and not wanted(site.pos):
            reason = unwanted
        dosage = reader.dosages(site, tally) if reason is None else None
        if reason is None and dosage is None:
            reason = "no_genotypes"
        if reason is None and (first := seen.get(frozenset((ref, alts[0])))) is not None:
            again = dosage if first[0] == ref else inverted(dosage)
            reason = "duplicate" if np.array_equal(again, first[1]) else "duplicate_conflict"
        if reason is not None:
            tally.add("record", reason, locus)
            continue
        kept += 1
        seen[frozenset((ref, alts[0]))] = (ref, dosage)
        selected = dosage if columns is None else dosage[columns]
        yield Snp(plain(contig), site.pos, site.id, ref, alts[0], selected)
    if not kept and tally["record", "no_genotypes"]:
        raise InputError(
            f"{reader.path}: no record of {contig} has genotypes: GT is not in FORMAT; GenoDiff "
            "needs called genotypes (GT)"
        )


def iter_known_snps(
    reader: Reader, chromosome: str, samples: list[str], tally: Tally,
    known: Mapping[int, Iterable[tuple[str, str]]], passed_only: bool = False,
) -> Iterator[Snp]:  # fmt: skip
    """As `iter_snps`, for SNPs whose alleles are `known` by position, in either order; SNPs of other
    alleles at these positions come without dosages.

    Each call is read by itself: whether others have an allele decides nothing. A record whose REF is one
    of the alleles may lack the other one or have further ones: who has no copy of these has a dosage,
    who has one is missing. Such a record counts where no other one at its position lists both alleles.
    """
    reader.verify()
    contig, columns = contig_of(reader, chromosome), columns_of(reader, samples)
    last, found = 0, {}
    for site in progress(reader.sites(contig), None, "records"):
        if 0 < site.pos < last:
            raise InputError(_not_sorted(reader, contig, site.pos, last))
        if site.pos > last:
            yield from found.values()
            last, found = site.pos, {}
        outcome = None
        if site.pos not in known:
            outcome = "not_in_the_models" if site.pos > 0 else "no_position"
        else:
            ref, alts = site.ref.upper(), [alt.upper() for alt in site.alts]
            pairs = [] if not _ANY_ALLELE.isdisjoint(alts) else [p for p in known[site.pos] if ref in p]
            if not pairs:
                outcome = _reject(site, ref, alts, passed_only)
                if outcome is None:
                    nobody = np.empty(0, np.int8)
                    yield Snp(plain(contig), site.pos, site.id, ref, alts[0], nobody)
            for pair in pairs:
                alt = pair[pair[0] == ref]
                outcome = _reject_pair(site, ref, alt, passed_only)
                before, listed = found.get(pair), alt in alts
                if outcome is None and before and (before.listed or not listed):
                    outcome = "duplicate"
                if outcome is None:
                    number = alts.index(alt) + 1 if listed else len(alts) + 1
                    dosage = reader.dosages(site, tally, number)
                    outcome = "no_genotypes" if dosage is None else None
                if outcome is None:
                    selected = dosage if columns is None else dosage[columns]
                    found[pair] = Snp(plain(contig), site.pos, site.id, ref, alt, selected, listed)
        if outcome is not None:
            tally.add("record", outcome, f"{contig}:{site.pos}")
    yield from found.values()
