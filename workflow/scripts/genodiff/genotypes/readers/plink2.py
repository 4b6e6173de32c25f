"""PLINK 2 binary files (pgen, pvar, psam), through pgenlib: hard calls, not imputed dosages."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from pgenlib import PgenReader

from genodiff.formats.genotypes import MISSING_DOSAGE
from genodiff.genotypes.readers import Site
from genodiff.genotypes.readers.blocks import Blocks, without_alt
from genodiff.genotypes.readers.plink_tables import (
    companion,
    iter_variants,
    last_positions,
    read_individuals,
    read_lengths,
    stated_lines,
    table_contigs,
)
from genodiff.qc.counts import Tally
from genodiff.runtime.errors import InputError

# Code of a missing call in pgenlib.
_MISSING = -9


class Plink2Reader:
    """A .pgen with its .pvar and .psam; see `Reader`."""

    def __init__(self, path: str) -> None:
        if not Path(path).is_file():
            raise InputError(f"{path}: no such file (cohort.plink2)")
        self.path = path
        self.samples = read_individuals(companion(path, "individuals"))
        self._table = companion(path, "variants")
        counts = table_contigs(self._table)
        self._variants = sum(counts.values())
        self.contigs: dict[str, int | None] = dict.fromkeys(counts) | read_lengths(self._table)
        self.notes: list[str] = []
        self.stated = stated_lines(self._table)

    def verify(self) -> None:
        """Raise InputError if the .pgen does not fit its tables."""
        self._open().close()

    def _open(self) -> PgenReader:
        # pgenlib needs the offsets of each variant's alleles if there are multiallelic variants.
        alleles = np.fromiter((1 + len(v.alts) for v in iter_variants(self._table)), np.uintp)
        # A variant without an alternate allele has room for one.
        ends = np.maximum(alleles, 2).cumsum(dtype=np.uintp)
        offsets = np.concatenate([np.zeros(1, np.uintp), ends]) if (alleles > 2).any() else None
        try:
            return PgenReader(
                str(self.path).encode(), len(self.samples), self._variants, allele_idx_offsets=offsets
            )
        except RuntimeError as error:
            raise InputError(
                f"{self.path}: not a readable .pgen of the {self._variants} variants and "
                f"{len(self.samples)} individuals of its tables ({error}); obtain the three files "
                "again, or make them with: plink2 --make-pgen"
            ) from error

    def last_positions(self) -> dict[str, int]:
        """The last position of each contig."""
        return last_positions(self._table)

    def sites(self, contig: str) -> Iterator[Site]:
        """Variants of a contig; see `Reader`."""
        self._pgen = pgen = self._open()

        def read(start: int, stop: int) -> np.ndarray:
            dosage = np.empty((stop - start, len(self.samples)), np.int8)
            try:
                pgen.read_range(start, stop, dosage)
            except RuntimeError as error:
                raise InputError(
                    f"{self.path}: unreadable in variants {start + 1} to {stop} ({error}): truncated or "
                    "damaged; obtain it again"
                ) from error
            dosage[dosage == _MISSING] = MISSING_DOSAGE
            return dosage

        self._blocks = Blocks(read, self._variants, len(self.samples))
        try:
            for number, variant in enumerate(iter_variants(self._table)):
                if variant.contig == contig:
                    yield Site(*variant[1:], handle=number)
        finally:
            pgen.close()

    def dosages(self, site: Site, tally: Tally, alt: int = 1) -> np.ndarray:
        """Dosages of a variant; see `Reader`."""
        if len(site.alts) > 1:
            return self._of_alleles(site.handle, alt)
        dosage = self._blocks[site.handle]
        return dosage if alt == 1 else without_alt(dosage)

    def _of_alleles(self, number: int, alt: int) -> np.ndarray:
        """Dosages of one of several ALTs; calls of another one are missing."""
        alleles = np.empty(2 * len(self.samples), np.int32)
        self._pgen.read_alleles(number, alleles)
        alleles = alleles.reshape(-1, 2)
        known = ((alleles == 0) | (alleles == alt)).all(1)
        return np.where(known, (alleles == alt).sum(1), MISSING_DOSAGE).astype(np.int8)
