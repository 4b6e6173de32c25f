"""Rows of a genotype file that are read a block at a time, and given one by one."""

from collections.abc import Callable

import numpy as np

# Bytes of dosages that are read at once.
_BLOCK_BYTES = 16 * 2**20


class Blocks:
    """Dosages of variants by number, int8 (N,), out of the block that was read last.

    `read(start, stop)` gives int8 (stop - start, N) of variants start to stop.
    """

    def __init__(self, read: Callable[[int, int], np.ndarray], variants: int, individuals: int) -> None:
        self._read, self._variants = read, variants
        self._size = max(1, _BLOCK_BYTES // individuals)
        self._start, self._rows = 0, np.empty((0, individuals), np.int8)

    def __getitem__(self, number: int) -> np.ndarray:
        if not self._start <= number < self._start + len(self._rows):
            self._start = number
            self._rows = self._read(number, min(number + self._size, self._variants))
        # A copy: who keeps a row must not keep its block.
        return self._rows[number - self._start].copy()
