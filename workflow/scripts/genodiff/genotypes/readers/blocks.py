"""Read rows of a genotype file in blocks and return them one by one."""

from collections.abc import Callable

import numpy as np

from genodiff.formats.genotypes import MISSING_DOSAGE

# Bytes of dosages in a block.
_BLOCK_BYTES = 16 * 2**20


class Blocks:
    """Dosages int8 (N,) of variants by number, from the last block that was read.

    `read(start, stop)` returns int8 (stop - start, N) of the variants start to stop.
    """

    def __init__(self, read: Callable[[int, int], np.ndarray], variants: int, individuals: int) -> None:
        self._read, self._variants = read, variants
        self._size = max(1, _BLOCK_BYTES // individuals)
        self._start, self._rows = 0, np.empty((0, individuals), np.int8)

    def __getitem__(self, number: int) -> np.ndarray:
        if not self._start <= number < self._start + len(self._rows):
            self._start = number
            self._rows = self._read(number, min(number + self._size, self._variants))
        # A view of a row would keep its block in memory.
        return self._rows[number - self._start].copy()


def without_alt(dosage: np.ndarray) -> np.ndarray:
    """Dosages int8 (N,) of an allele that nobody has, from those of ALT: a call with ALT is missing."""
    return np.where(dosage == 0, dosage, MISSING_DOSAGE).astype(np.int8)
