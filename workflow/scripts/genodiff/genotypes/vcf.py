"""Biallelic SNPs of one chromosome from a bgzipped, indexed VCF or BCF."""

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from cyvcf2 import VCF, Variant

from genodiff.errors import InputError
from genodiff.formats.genotypes import MISSING_DOSAGE
from genodiff.genotypes.chromosomes import plain
from genodiff.genotypes.index import index_file, indexed_records

# How cyvcf2 codes a missing allele, and the place of an allele that a call does not have.
_MISSING_ALLELE, _NO_ALLELE = -1, -2
_BASES = frozenset("ACGT")


@dataclass(frozen=True)
class Snp:
    """A biallelic SNP and the dosages of its ALT allele."""

    chrom: str
    pos: int  # 1-based
    id: str
    ref: str
    alt: str
    dosage: np.ndarray  # int8 (N,), -1 missing


def open_vcf(path: str | os.PathLike) -> VCF:
    """Open a VCF or BCF; raises InputError when there is none, or it cannot be read as one."""
    if not Path(path).is_file():
        raise InputError(f"{path}: no such file (cohort.vcf)")
    try:
        return VCF(str(path))
    except Exception as error:
        raise InputError(f"{path}: not a readable VCF or BCF: {error}") from error


def read_samples(path: str | os.PathLike) -> list[str]:
    """Sample ids of a VCF, in its order; raises InputError when there are none or one appears twice."""
    samples = open_vcf(path).samples
    if not samples:
        raise InputError(f"{path}: holds no samples")
    twice = [name for name, count in Counter(samples).items() if count > 1]
    if twice:
        raise InputError(f"{path}: sample {twice[0]!r} appears more than once in the header")
    return samples


def _columns(path: str | os.PathLike, vcf: VCF, samples: list[str]) -> np.ndarray:
    """Column of each wanted sample; raises InputError for one that the file lacks."""
    column = {name: i for i, name in enumerate(vcf.samples)}
    absent = [name for name in samples if name not in column]
    if absent:
        raise InputError(
            f"{path}: {len(absent)} of the {len(samples)} people of the split are not in this file, "
            f"{absent[0]!r} for one; every chromosome must hold the same people"
        )
    return np.array([column[name] for name in samples])


def _contig(path: str | os.PathLike, vcf: VCF, chromosome: str) -> str:
    """The chromosome's name in the file, with or without 'chr'; raises InputError when absent."""
    same = [name for name in vcf.seqnames if plain(name) == plain(chromosome)]
    named = [name for name in same if name == chromosome] or same
    if not named:
        raise InputError(
            f"{path}: no contig {chromosome!r} (nor with or without 'chr'). Contigs there: "
            f"{', '.join(vcf.seqnames[:30])}"
        )
    return named[0]


def iter_snps(
    path: str | os.PathLike, chromosome: str, samples: list[str], skipped: Counter
) -> Iterator[Snp]:
    """Yield the biallelic SNPs of a chromosome in order of position.

    Dosages are those of `samples`, in that order (see `dosages`). What is not a biallelic SNP is left
    out and counted in `skipped` by reason, as are later records of the same POS, REF and ALT.
    Raises InputError when the file, its index, the contig or a sample is missing, when positions
    are not sorted, and when records are unreadable or fewer than the index says.
    """
    vcf = open_vcf(path)
    if index_file(str(path)) is None:
        raise InputError(f"{path}: no index beside it. Make one with: tabix -p vcf {path}")
    columns, contig = _columns(path, vcf, samples), _contig(path, vcf, chromosome)
    last, seen = 0, set()
    for record in _records(path, vcf, contig):
        skipped["records"] += 1
        if record.POS < last:
            raise InputError(
                f"{path}: {contig}:{record.POS} comes after {contig}:{last}; sort and index the file: "
                "bcftools sort -Oz"
            )
        if record.POS != last:
            last, seen = record.POS, set()
        ref, alts = record.REF.upper(), [alt.upper() for alt in record.ALT]
        reason = _why_not(ref, alts)
        if reason is None and (ref, alts[0]) in seen:
            reason = "duplicate"
        alleles = _alleles(record) if reason is None else None
        if alleles is None:
            skipped[reason or "no_genotypes"] += 1
            continue
        seen.add((ref, alts[0]))
        dosage = dosages(alleles[columns], skipped)
        yield Snp(plain(contig), record.POS, record.ID or ".", ref, alts[0], dosage)


def _why_not(ref: str, alts: list[str]) -> str | None:
    """Why a record is not a biallelic SNP, or None when it is one."""
    if not alts:
        return "no_alternate_allele"
    if len(alts) > 1:
        return "multiallelic"
    if ref == alts[0] or ref not in _BASES or alts[0] not in _BASES:
        return "not_a_snp"
    return None


def _alleles(record: Variant) -> np.ndarray | None:
    """Allele numbers int16 (N, ploidy) of a record's calls, -1 missing, -2 where a call has fewer
    alleles than others; None for a record without GT."""
    try:
        return record.genotype.array()[:, :-1]  # the last column is the phase
    except Exception:  # cyvcf2 has no exception of its own for that
        return None


def dosages(alleles: np.ndarray, counts: Counter) -> np.ndarray:
    """Dosages int8 (N,) of calls as `_alleles` gives them for a biallelic record.

    A call with a missing allele is missing, and so is one that is not diploid or names an allele that
    the record lacks; these two are counted. Each call is judged on its own, so that no person's
    call changes another's.
    """
    missing = (alleles == _MISSING_ALLELE).any(1)
    not_diploid = ~missing & ((alleles != _NO_ALLELE).sum(1) != 2)
    unknown = ~missing & ~not_diploid & (alleles > 1).any(1)
    for reason, calls in (("calls_not_diploid", not_diploid), ("calls_of_unknown_allele", unknown)):
        if calls.any():
            counts[reason] += int(calls.sum())
    dosage = alleles[:, :2].sum(1).astype(np.int8)
    dosage[missing | not_diploid | unknown] = MISSING_DOSAGE
    return dosage


def _records(path: str | os.PathLike, vcf: VCF, contig: str) -> Iterator[Variant]:
    """The records of a contig; raises InputError when one is unreadable, or when there are not as many
    as the index says: htslib reads a file that was cut short to its end without an error."""
    count = 0
    try:
        for record in vcf(contig):
            count += 1
            yield record
    except Exception as error:
        raise InputError(f"{path}: {contig}: unreadable after record {count}: {error}") from error
    expected = indexed_records(str(path), contig, vcf.seqnames)
    if expected is not None and count != expected:
        raise InputError(
            f"{path}: its index says {expected} records of {contig}, {count} could be read: the file is "
            "damaged or cut short, or the index belongs to another file; get it anew, or index it again"
        )
