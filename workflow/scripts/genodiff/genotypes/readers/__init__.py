"""One interface to genotype files of every format. To add a format: a module here with a class that has
the methods of `Reader`, an entry below, its files in `readers.files`, its path in the settings of
`cohort`.

`Reader(path)` reads the header. The Snakefile imports this module at parse time, so it imports only the
standard library.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from genodiff.registry import Entry, build

if TYPE_CHECKING:
    import numpy as np

    from genodiff.qc.counts import Tally

READERS = {
    "vcf": Entry("genodiff.genotypes.readers.vcf", "VcfReader", "VCF or BCF"),
    "plink1": Entry("genodiff.genotypes.readers.plink1", "Plink1Reader", "PLINK 1 (bed, bim, fam)"),
    "plink2": Entry("genodiff.genotypes.readers.plink2", "Plink2Reader", "PLINK 2 (pgen, pvar, psam)"),
}


class Site(NamedTuple):
    """One record of a genotype file, without its calls."""

    pos: int  # 1-based; below 1 for a variant without a position, at any place in the file
    id: str  # "." without one
    ref: str  # alleles as in the file
    alts: tuple[str, ...]  # empty without an alternate allele
    passed: bool  # FILTER is PASS or not given
    handle: Any  # with which its reader finds the calls


class Reader(Protocol):
    """The interface of all readers."""

    path: str
    samples: list[str]  # N, in the order of the file, unique
    contigs: dict[str, int | None]  # name and, if the header gives it, length in bases
    notes: list[str]  # harmless irregularities
    stated: list[str]  # lines of the header that may name the genome build

    def verify(self) -> None:
        """Raise InputError if the file is truncated, or its index or tables belong to another file."""

    def last_positions(self) -> dict[str, int]:
        """A position of each contig that has records, the last one or one shortly before it."""

    def sites(self, contig: str) -> Iterator[Site]:
        """Yield every record of a contig, in the order of the file.

        Raises InputError if a record is unreadable, or if the number of records is wrong.
        """

    def dosages(self, site: Site, tally: "Tally", alt: int = 1) -> "np.ndarray | None":
        """Dosages of the ALT of number `alt`, int8 (N,), -1 missing; None for a record without
        genotypes. Of a number behind the last ALT nobody has a copy.

        A call other than two alleles out of REF and that ALT is missing, and counted in `tally` unless
        it is of alleles of the record or all its alleles are missing. The array is valid until the next
        call of this method.
        """


def open_genotypes(source: str, path: str) -> Reader:
    """The reader of a file; `source` is a name of READERS. Raises InputError on an invalid header."""
    return build(READERS, "genotype format", source, path=str(path))
