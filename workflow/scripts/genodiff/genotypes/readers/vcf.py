"""VCF and BCF, bgzipped and indexed, through cyvcf2."""

from collections.abc import Iterator

import numpy as np
from cyvcf2 import VCF, Variant
from pysam import BGZFile

from genodiff.formats.genotypes import MISSING_DOSAGE
from genodiff.genotypes.readers import Site
from genodiff.genotypes.readers.bgzf_index import (
    IndexedContig,
    first_contig,
    index_file,
    read_index,
    remake,
)
from genodiff.genotypes.readers.diagnosis import what_is_wrong
from genodiff.genotypes.readers.files import genotype_files
from genodiff.genotypes.readers.vcf_header import first_record_contig, is_bcf, read_header
from genodiff.qc.counts import Tally
from genodiff.runtime.errors import InputError

# How cyvcf2 codes the place of an allele that a call does not have; a missing allele is -1.
_NO_ALLELE = -2


class VcfReader:
    """A VCF or BCF; see `Reader`."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._header = read_header(path)
        self.samples, self.contigs = self._header.samples, self._header.contigs
        if not self.contigs and index_file(path) is not None:
            # A VCF need not name its contigs; its index does.
            self.contigs = {contig.name: None for contig in read_index(path) if contig.name}
        self.notes = self._header.notes

    def verify(self) -> None:
        """Raise InputError where the index is missing, unreadable, or of another file."""
        genotype_files("vcf", self.path)
        indexed = read_index(self.path)
        number, first = first_contig(indexed), first_record_contig(self.path, self._header)
        name = None
        if number is not None:
            name = indexed[number].name or self._header.numbers.get(number)
        if name != first:
            raise InputError(
                f"{self.path}: its index belongs to another file: by the index the first record is on "
                f"{name!r}, in the file on {first!r}; make it anew: {remake(self.path)}"
            )

    def _indexed(self) -> dict[str, IndexedContig]:
        """Contigs with records, as the index says."""
        return {
            contig.name or self._header.numbers.get(number, f"number {number}"): contig
            for number, contig in enumerate(read_index(self.path))
            if contig.begin is not None
        }

    def sites(self, contig: str) -> Iterator[Site]:
        """Records of a contig; see `Reader`. htslib reads a file that was cut short to its end without
        an error, so they are counted against the index."""
        indexed = self._indexed()
        if contig not in indexed:
            return
        self._check_columns(contig, indexed[contig])
        count = 0
        try:
            vcf = VCF(self.path)
            # A query through the index takes a quarter longer than reading straight on.
            for record in vcf if list(indexed) == [contig] else vcf(contig):
                count += 1
                passed = record.FILTER is None  # PASS, or not given
                yield Site(record.POS, record.ID or ".", record.REF, tuple(record.ALT), passed, record)
        except Exception as error:  # cyvcf2 has no exception of its own
            found = what_is_wrong(self.path, contig, self.samples) or f"({error})"
            raise InputError(
                f"{self.path}: {contig}: unreadable after record {count}: {found}"
            ) from error
        expected = indexed[contig].records
        if expected is not None and count != expected:
            raise InputError(
                f"{self.path}: its index says {expected} records of {contig}, {count} could be read: "
                "the file is truncated or damaged, or the index belongs to another file; get it anew, "
                f"or make the index anew: {remake(self.path)}"
            )

    def _check_columns(self, contig: str, indexed: IndexedContig) -> None:
        """Every line of a text VCF must have a column for all individuals: htslib reads on where there
        are more, so that somebody may get another one's genotype."""
        if is_bcf(self.path):
            return
        tabs, whole = 8 + len(self.samples), True
        try:
            with BGZFile(self.path, "r") as file:
                file.seek(indexed.begin)
                while whole and file.tell() < indexed.end:
                    whole = file.readline().count(b"\t") == tabs
        except OSError:
            whole = False
        if not whole:
            found = what_is_wrong(self.path, contig, self.samples) or "truncated or damaged; get it anew"
            raise InputError(f"{self.path}: {contig}: {found}")

    def dosages(self, site: Site, tally: Tally) -> np.ndarray | None:
        """Dosages of a record; see `Reader`. Every call is judged on its own: no individual's call
        changes another's."""
        alleles = _alleles(site.handle)
        if alleles is None or not alleles.shape[1]:
            return None
        if alleles.shape[1] == 1:
            # A record of haploid calls only.
            alleles = np.column_stack([alleles, np.full_like(alleles, _NO_ALLELE)])
        first, second = alleles[:, 0], alleles[:, 1]
        dosage = (first + second).astype(np.int8)
        odd = (first | second) & ~1  # neither allele is anything but 0 and 1
        if alleles.shape[1] > 2:
            odd |= (alleles[:, 2:] != _NO_ALLELE).any(1)
        rows = np.flatnonzero(odd)
        if len(rows):
            dosage[rows] = MISSING_DOSAGE
            self._count_odd(rows, alleles[rows], f"{site.handle.CHROM}:{site.pos}", tally)
        return dosage

    def _count_odd(self, rows: np.ndarray, alleles: np.ndarray, place: str, tally: Tally) -> None:
        """Count calls that are not two known alleles, but for those wholly missing: int16 (n, ploidy)
        of the individuals `rows` (n,)."""
        present = alleles != _NO_ALLELE
        missing = alleles == -1
        any_missing = missing.any(1)
        half = any_missing & (missing.sum(1) < present.sum(1))
        not_diploid = ~any_missing & (present.sum(1) != 2)
        unknown = ~any_missing & ~not_diploid & (alleles > 1).any(1)
        for outcome, calls in (
            ("half_missing", half), ("not_diploid", not_diploid), ("unknown_allele", unknown),
        ):  # fmt: skip
            if calls.any():
                where = place
                if outcome == "unknown_allele":
                    # A damaged call, to be looked up in the file.
                    where += f" {self.samples[rows[calls.argmax()]]}"
                tally.add("call", outcome, where, int(calls.sum()))


def _alleles(record: Variant) -> np.ndarray | None:
    """Allele numbers int16 (N, ploidy) of a record's calls, -1 missing, -2 where a call has fewer
    alleles than others; None for a record without GT."""
    try:
        return record.genotype.array()[:, :-1]  # the last column is the phase
    except Exception:  # cyvcf2 has no exception of its own for that
        return None
