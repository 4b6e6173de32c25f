"""Allele frequencies of candidates against those of training individuals."""

from itertools import pairwise
from typing import Any

import numpy as np

from genodiff.evaluation.fidelity.base import ALL, Block, Correlation, FidelityMetric, frequency_of
from genodiff.evaluation.fidelity.people import CANDIDATE, TRAIN
from genodiff.formats.decoding import MAF_BINS

# Points of the figure.
_POINTS = 1500


class Frequency(FidelityMetric):
    """Correlation, mean and largest absolute difference of ALT frequencies, by class and by bin of the
    minor allele frequency, and the share of SNPs that vary in training individuals and not in the
    candidates."""

    def __init__(self, **arguments: Any):
        super().__init__(**arguments)
        # Of each bin: frequencies, absolute differences, and whether a SNP has become monomorphic.
        self._pairs: dict[str, Correlation] = {}
        self._absolute: dict[str, Correlation] = {}
        self._fixed: dict[str, Correlation] = {}
        self._largest: dict[str, np.ndarray] = {}
        self._stride = max(1, len(self.sites) // _POINTS)
        self._points: list[np.ndarray] = []

    def add(self, block: Block) -> None:
        """Add the SNPs to each bin and class."""
        ours, theirs = (block.counts(name)[:, 1:] for name in (CANDIDATE, TRAIN))
        own, real = (frequency_of(counts.sum(2)) for counts in (ours, theirs))
        self._add(ALL, real, own)
        minor = np.minimum(real, 1 - real)[:, 0]
        place = np.searchsorted(MAF_BINS, minor - 1e-9)
        for number, (low, high) in enumerate(pairwise((0, *MAF_BINS))):
            self._add(f"MAF {low:g} to {high:g}", real[place == number], own[place == number])
        for number, name in enumerate(self.people.classes):
            self._add(f"class {name}", *(frequency_of(c[:, :, number]) for c in (theirs, ours)))
        chosen = np.arange(block.rows.start, block.rows.stop) % self._stride == 0
        self._points.append(np.stack([real[chosen, 0], own[chosen, 0]], 1))

    def _add(self, name: str, real: np.ndarray, own: np.ndarray) -> None:
        for sums in (self._pairs, self._absolute, self._fixed):
            sums.setdefault(name, Correlation())
        self._pairs[name].add(real, own)
        difference = np.abs(own - real)
        self._absolute[name].add(np.zeros_like(real), difference)
        varies = np.where((real > 0) & (real < 1), 0.0, np.nan)
        self._fixed[name].add(varies, np.where(np.isnan(own), np.nan, (own == 0) | (own == 1)))
        largest = np.nan_to_num(difference).max(0, initial=0)
        self._largest[name] = np.maximum(self._largest.get(name, 0), largest)

    def numbers(self) -> list[dict[str, Any]]:
        """correlation, mean_difference, largest_difference and monomorphic, by bin."""
        rows = []
        for name, pairs in self._pairs.items():
            rows += [
                self.number("correlation", pairs.correlation(), name),
                self.number("mean_difference", self._absolute[name].difference(), name),
                self.number("largest_difference", self._largest[name], name),
                self.number("monomorphic", self._fixed[name].difference(), name),
            ]
        return rows

    def curves(self) -> dict[str, Any]:
        """points: frequency in training individuals and in the first draw, of evenly spaced SNPs."""
        return {"points": np.concatenate(self._points).round(4).tolist()}
