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
    reindex,
)
from genodiff.genotypes.readers.diagnosis import first_invalid_line
from genodiff.genotypes.readers.files import genotype_files
from genodiff.genotypes.readers.vcf_header import first_record_contig, is_bcf, read_header
from genodiff.qc.counts import Tally
from genodiff.runtime.errors import InputError

# How cyvcf2 codes an allele that a call of lower ploidy does not have; a missing allele is -1.
_NO_ALLELE = -2


class VcfReader:
    """A VCF or BCF; see `Reader`."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._header = read_header(path)
        self.samples, self.contigs = self._header.samples, self._header.contigs
        if not self.contigs and index_file(path) is not None:
            # The header of a VCF may omit the contigs; its index names them.
            self.contigs = {contig.name: None for contig in read_index(path) if contig.name}
        self.notes, self.stated = self._header.notes, self._header.stated

    def verify(self) -> None:
        """Raise InputError if the index is missing, unreadable, or belongs to another file."""
        genotype_files("vcf", self.path)
        indexed = read_index(self.path)
        number, first = first_contig(indexed), first_record_contig(self.path, self._header)
        name = None
        if number is not None:
            name = indexed[number].name or self._header.numbers.get(number)
        if name != first:
            raise InputError(
                f"{self.path}: its index belongs to another file: the first record is on {name!r} in "
                f"the index and on {first!r} in the file; recreate it: {reindex(self.path)}"
            )

    def _indexed(self) -> dict[str, IndexedContig]:
        """Contigs with records in the index."""
        return {
            contig.name or self._header.numbers.get(number, f"number {number}"): contig
            for number, contig in enumerate(read_index(self.path))
            if contig.begin is not None
        }

    def last_positions(self) -> dict[str, int]:
        """A position of each contig, in the last interval of the index that has records."""
        return {name: contig.last for name, contig in self._indexed().items()}

    def sites(self, contig: str) -> Iterator[Site]:
        """Records of a contig; see `Reader`. htslib reads a truncated file without an error, so the
        number of records is compared with the index."""
        indexed = self._indexed()
        if contig not in indexed:
            return
        self._check_columns(contig, indexed[contig])
        count = 0
        try:
            vcf = VCF(self.path)
            # A query through the index takes 25% longer than sequential reading.
            for record in vcf if list(indexed) == [contig] else vcf(contig):
                count += 1
                passed = record.FILTER is None  # PASS, or not given
                yield Site(record.POS, record.ID or ".", record.REF, tuple(record.ALT), passed, record)
        except Exception as error:  # cyvcf2 has no specific exception
            problem = first_invalid_line(self.path, contig, self.samples) or f"({error})"
            raise InputError(
                f"{self.path}: {contig}: unreadable after record {count}: {problem}"
            ) from error
        expected = indexed[contig].records
        if expected is not None and count != expected:
            problem = first_invalid_line(self.path, contig, self.samples) or (
                "the file is truncated or damaged, or the index belongs to another file; obtain the "
                f"file again, or recreate the index: {reindex(self.path)}"
            )
            raise InputError(
                f"{self.path}: its index gives {expected} records of {contig}, but {count} were read: "
                f"{problem}"
            )

    def _check_columns(self, contig: str, indexed: IndexedContig) -> None:
        """Raise InputError if a line of a text VCF does not have one column per individual: htslib
        accepts additional columns and may assign genotypes to other individuals."""
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
            problem = first_invalid_line(self.path, contig, self.samples)
            problem = problem or "truncated or damaged; obtain it again"
            raise InputError(f"{self.path}: {contig}: {problem}")

    def dosages(self, site: Site, tally: Tally, alt: int = 1) -> np.ndarray | None:
        """Dosages of a record; see `Reader`. Each call is interpreted independently of the others."""
        alleles = _alleles(site.handle)
        if alleles is None or not alleles.shape[1]:
            return None
        if alleles.shape[1] == 1:
            # All calls are haploid.
            alleles = np.column_stack([alleles, np.full_like(alleles, _NO_ALLELE)])
        listed = len(site.alts)
        if (listed, alt) != (1, 1):
            # Numbers of this ALT become 1, those of others are in no call that counts.
            others = (alleles > 0) & (alleles != alt)
            known = others & (alleles <= listed)
            alleles = np.where(others, np.where(known, -1, 2), np.minimum(alleles, 1))
            alleles[known.any(1)] = -1
        first, second = alleles[:, 0], alleles[:, 1]
        dosage = (first + second).astype(np.int8)
        invalid = (first | second) & ~1  # nonzero unless both alleles are 0 or 1
        if alleles.shape[1] > 2:
            invalid |= (alleles[:, 2:] != _NO_ALLELE).any(1)
        rows = np.flatnonzero(invalid)
        if len(rows):
            dosage[rows] = MISSING_DOSAGE
            self._count_invalid(rows, alleles[rows], f"{site.handle.CHROM}:{site.pos}", tally)
        return dosage

    def _count_invalid(self, rows: np.ndarray, alleles: np.ndarray, locus: str, tally: Tally) -> None:
        """Count calls of the individuals `rows` (n,) that are neither two known alleles nor entirely
        missing; `alleles` int16 (n, ploidy)."""
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
                example = locus
                if outcome == "unknown_allele":
                    # Name the individual, so that the damaged call can be found in the file.
                    example += f" {self.samples[rows[calls.argmax()]]}"
                tally.add("call", outcome, example, int(calls.sum()))


def _alleles(record: Variant) -> np.ndarray | None:
    """Allele numbers int16 (N, ploidy) of a record's calls, -1 missing, -2 in calls of lower ploidy;
    None for a record without GT."""
    try:
        return record.genotype.array()[:, :-1]  # the last column is the phase
    except Exception:  # cyvcf2 has no specific exception
        return None
