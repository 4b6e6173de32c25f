"""PLINK 1 binary files (bed, bim, fam), through bed-reader."""

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from bed_reader import open_bed

from genodiff.formats.genotypes import MISSING_DOSAGE
from genodiff.genotypes.readers import Site
from genodiff.genotypes.readers.blocks import Blocks, without_alt
from genodiff.genotypes.readers.plink_tables import (
    companion,
    iter_variants,
    last_positions,
    read_individuals,
    table_contigs,
)
from genodiff.qc.counts import Tally
from genodiff.runtime.errors import InputError

_VARIANT_MAJOR = b"\x6c\x1b\x01"
# Code of a missing call in bed-reader.
_MISSING = -127


class Plink1Reader:
    """A .bed with its .bim and .fam; see `Reader`. Dosages count A1 of the .bim."""

    def __init__(self, path: str) -> None:
        if not Path(path).is_file():
            raise InputError(f"{path}: no such file (cohort.plink1)")
        self.path = path
        self.samples = read_individuals(companion(path, "individuals"))
        self._table = companion(path, "variants")
        counts = table_contigs(self._table)
        self._variants = sum(counts.values())
        self.contigs: dict[str, int | None] = dict.fromkeys(counts)
        self.notes: list[str] = []
        self.stated: list[str] = []

    def verify(self) -> None:
        """Raise InputError if the size of the .bed does not fit its tables."""
        with open(self.path, "rb") as file:
            if file.read(3) != _VARIANT_MAJOR:
                raise InputError(
                    f"{self.path}: not a variant-major PLINK 1 .bed; make one with: plink2 --make-bed"
                )
        expected = 3 + self._variants * ((len(self.samples) + 3) // 4)
        size = os.path.getsize(self.path)
        if size != expected:
            raise InputError(
                f"{self.path}: {size} bytes, where {self._variants} variants of {len(self.samples)} "
                f"individuals need {expected}: truncated, or a .bim or .fam of another file"
            )
        self._check_padding()

    def _check_padding(self) -> None:
        """Raise InputError if a variant has calls of more individuals than the .fam lists: a call takes
        two bits, and the unused bits of the last byte of a variant are zero."""
        used = len(self.samples) % 4
        if not used or not self._variants:
            return
        width = (len(self.samples) + 3) // 4
        calls = np.memmap(self.path, np.uint8, "r", offset=3, shape=(self._variants, width))
        nonzero = np.flatnonzero(calls[:, -1] >> (2 * used))
        if len(nonzero):
            raise InputError(
                f"{self.path}: {len(nonzero)} of {self._variants} variants, number {nonzero[0] + 1} "
                f"first, have calls of more than the {len(self.samples)} individuals of the .fam, "
                "which has lost lines or belongs to another file; use the .fam that was made with "
                "this .bed"
            )

    def last_positions(self) -> dict[str, int]:
        """The last position of each contig."""
        return last_positions(self._table)

    def sites(self, contig: str) -> Iterator[Site]:
        """Variants of a contig; see `Reader`."""
        bed = open_bed(self.path, len(self.samples), self._variants, skip_format_check=True)

        def read(start: int, stop: int) -> np.ndarray:
            dosage = bed.read(np.s_[:, start:stop], dtype="int8", order="F", num_threads=1).T
            dosage[dosage == _MISSING] = MISSING_DOSAGE
            return dosage

        self._blocks = Blocks(read, self._variants, len(self.samples))
        for number, variant in enumerate(iter_variants(self._table)):
            if variant.contig == contig:
                yield Site(*variant[1:], handle=number)

    def dosages(self, site: Site, tally: Tally, alt: int = 1) -> np.ndarray:
        """Dosages of a variant; see `Reader`."""
        dosage = self._blocks[site.handle]
        return dosage if alt == 1 else without_alt(dosage)
