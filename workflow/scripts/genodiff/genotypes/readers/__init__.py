"""Genotype files of every format behind one interface. To add one: a module here with a class of the
shape of `Reader`, an entry below, its files in `readers.files`, its path in the model of `cohort`.

`Reader(path)` reads the header; Snakemake reads this module at parse time, so nothing heavy is imported.
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
    """One record of a genotype file, before anything is known of its calls."""

    pos: int  # 1-based
    id: str  # "." without one
    ref: str  # alleles as the file has them
    alts: tuple[str, ...]  # empty without an alternate allele
    passed: bool  # FILTER is PASS or not given
    handle: Any  # by which its reader finds the calls


class Reader(Protocol):
    """What all readers do."""

    path: str
    samples: list[str]  # N, in the order of the file, none twice
    contigs: dict[str, int | None]  # names and, where the header says so, lengths
    notes: list[str]  # oddities that do no harm

    def verify(self) -> None:
        """Raise InputError where the file is cut short, or a file beside it belongs to another."""

    def sites(self, contig: str) -> Iterator[Site]:
        """Every record of a contig, in the order of the file.

        Raises InputError where one is unreadable, or where there are not as many as there should be.
        """

    def dosages(self, site: Site, tally: "Tally") -> "np.ndarray | None":
        """Dosages of the first ALT, int8 (N,), -1 missing; None for a record without genotypes.

        A call that is not two alleles out of REF and the first ALT is missing, and counted in `tally`
        unless it is wholly missing. Valid until the next call.
        """


def open_genotypes(source: str, path: str) -> Reader:
    """The reader of a file; `source` is a name of READERS. Raises InputError on a bad header."""
    return build(READERS, "genotype format", source, path=str(path))
