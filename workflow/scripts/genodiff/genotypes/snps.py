"""Read the biallelic SNPs of one chromosome from files of any format."""

from collections.abc import Callable, Iterator
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
    """A biallelic SNP and the dosages of its ALT allele."""

    chrom: str
    pos: int  # 1-based
    id: str
    ref: str
    alt: str
    dosage: np.ndarray  # int8 (N,), -1 missing


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
    if ref == alts[0] or ref not in _BASES or alts[0] not in _BASES:
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
            raise InputError(
                f"{reader.path}: not sorted: {locus} comes after {contig}:{last}; sort and index the "
                "file (bcftools sort -Oz, or plink2 --sort-vars)"
            )
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
