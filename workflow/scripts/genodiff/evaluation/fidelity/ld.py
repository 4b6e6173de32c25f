"""Linkage disequilibrium of candidates against that of training individuals.

r2 is the squared correlation of the dosages of two SNPs on one chromosome, at most WINDOW apart.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from genodiff.evaluation.fidelity.base import ALL, Block, Correlation, FidelityMetric, Sites
from genodiff.evaluation.fidelity.people import CANDIDATE, TRAIN
from genodiff.qc.relatives import LEAST_FREQUENCY

WINDOW = 1_000_000
# Upper limits of the bins of distance, in base pairs.
DISTANCES = (1_000, 3_000, 10_000, 30_000, 100_000, 300_000, WINDOW)
PAIRS = ("within genes", "between genes")
# SNPs of one window, evenly spaced, at most.
_DENSITY = 200


def standardised(dosage: np.ndarray) -> np.ndarray:
    """Float32 (V, n): rows of dosages int8 (V, n) with mean 0 and sum of squares 1; a missing call is
    replaced by the mean. NaN for a SNP that does not vary."""
    called = dosage >= 0
    value = np.where(called, dosage, 0).astype(np.float32)
    with np.errstate(invalid="ignore", divide="ignore"):
        value = np.where(called, value - value.sum(1, keepdims=True) / called.sum(1, keepdims=True), 0)
        length = np.sqrt((value**2).sum(1, keepdims=True))
        return np.where(length > 1e-4, value / length, np.float32(np.nan))


def r2(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Squared correlations (U, V) of the `standardised` SNPs a (U, n) and b (V, n); NaN likewise."""
    with np.errstate(invalid="ignore"):
        return (a @ b.T) ** 2


def dense_sites(sites: Sites) -> np.ndarray:
    """Bool (V,): frequent SNPs, at most _DENSITY in each window of a chromosome."""
    frequent = sites.minor >= LEAST_FREQUENCY
    window = sites.chromosome * 2**32 + sites.position // WINDOW
    starts = np.flatnonzero(np.r_[True, window[1:] != window[:-1]])
    chosen = np.zeros(len(sites), bool)
    for start, stop in zip(starts, [*starts[1:], len(sites)], strict=True):
        own = start + np.flatnonzero(frequent[start:stop])
        count = min(len(own), _DENSITY)
        chosen[own[np.arange(count) * len(own) // max(count, 1)]] = True
    return chosen


def _bins(kind: str) -> list[str]:
    """Names of the bins of distance of pairs of a kind."""
    return [f"{kind}, {low // 1000} to {high // 1000} kb" for low, high in pairwise((0, *DISTANCES))]


@dataclass
class _Window:
    """Used SNPs of a megabase of a chromosome: numbers int (V,), dosages int8 (V, n) of the reference
    and of all candidates; later instead `scaled`, those of the reference and of each draw."""

    key: tuple[int, int]
    rows: np.ndarray
    dosages: list[np.ndarray]
    scaled: list[np.ndarray] | None = None

    def extend(self, rows: np.ndarray, dosages: list[np.ndarray]) -> None:
        """Append SNPs."""
        self.rows = np.concatenate([self.rows, rows])
        self.dosages = [np.concatenate(pair) for pair in zip(self.dosages, dosages, strict=True)]

    def scale(self, draws: list[np.ndarray]) -> list[np.ndarray]:
        """`standardised` SNPs of the reference and of each draw, computed once."""
        if self.scaled is None:
            reference, candidates = self.dosages
            self.scaled = [
                standardised(part) for part in (reference, *(candidates[:, rows] for rows in draws))
            ]
            self.dosages = []
        return self.scaled

    def is_beside(self, other: "_Window") -> bool:
        """Whether both are adjacent on one chromosome."""
        return self.key[0] == other.key[0] and abs(self.key[1] - other.key[1]) == 1


class Linkage(FidelityMetric):
    """Correlation and bias of r2, by distance and for pairs within and between genes; correlation and
    ratio of LD scores. Three windows of SNPs are in memory."""

    def __init__(self, **arguments: Any):
        super().__init__(**arguments)
        self._used = dense_sites(self.sites)
        used = np.flatnonzero(self._used)
        count = min(len(used), self.settings.focal_snps)
        self._focal = np.zeros(len(self.sites), bool)
        self._focal[used[np.arange(count) * len(used) // max(count, 1)]] = True
        reference = self.people.reference
        rng = np.random.default_rng(self.seed)
        self._reference = np.sort(rng.permutation(reference)[: self.settings.individuals])
        self._windows: list[_Window] = []
        names = [name for kind in PAIRS for name in (kind, *_bins(kind))]
        self._sums = {name: Correlation() for name in (ALL, *names)}
        self._scores: list[np.ndarray] = []  # (focal, 1 + D): in the reference and in each draw

    def add(self, block: Block) -> None:
        """Keep the used SNPs, window by window; a window is compared when the next one is whole."""
        rows = np.flatnonzero(self._used[block.rows])
        window = block.sites.position[rows] // WINDOW
        for number in np.unique(window):
            own = rows[window == number]
            key = (int(block.sites.chromosome[own[0]]), int(number))
            dosages = [
                block.dosage[TRAIN][np.ix_(own, self._reference)], block.dosage[CANDIDATE][own],
            ]  # fmt: skip
            if self._windows and self._windows[-1].key == key:
                self._windows[-1].extend(block.first + own, dosages)
                continue
            self._compare(-2)
            self._windows = [*self._windows[-2:], _Window(key, block.first + own, dosages)]

    def _compare(self, place: int) -> None:
        """Compare the focal SNPs of a window, by its place in the list, with all SNPs of it and of
        adjacent windows, which are whole."""
        if len(self._windows) < -place:
            return
        own = self._windows[place]
        focal = np.flatnonzero(self._focal[own.rows])
        if not len(focal):
            return
        near = [own, *(window for window in self._windows if window.is_beside(own))]
        rows = np.concatenate([window.rows for window in near])
        position, gene = self.sites.position[rows], self.sites.gene[rows]
        distance = np.abs(position[focal][:, None] - position)
        pairs = (distance <= WINDOW) & (rows[focal][:, None] != rows)
        values, scores = [], []
        for scaled in zip(*(window.scale(self.people.draws) for window in near), strict=True):
            chosen = scaled[0][focal]
            found = np.concatenate([r2(chosen, part) for part in scaled], 1)
            found[~pairs] = np.nan
            adjusted = found - (1 - found) / max(chosen.shape[1] - 2, 1)
            varies = np.isfinite(chosen[:, 0])
            scores.append(np.where(varies, np.nansum(adjusted, 1), np.nan))
            values.append(found[pairs])
        self._scores.append(np.stack(scores, 1))
        self._add(np.stack(values, 1), distance[pairs], (gene[focal][:, None] == gene)[pairs])

    def _add(self, values: np.ndarray, distance: np.ndarray, within: np.ndarray) -> None:
        place = np.searchsorted(DISTANCES, distance)
        self._sums[ALL].add(values[:, :1], values[:, 1:])
        for kind, of_pair in zip(PAIRS, (within, ~within), strict=True):
            self._sums[kind].add(values[of_pair, :1], values[of_pair, 1:])
            for number, name in enumerate(_bins(kind)):
                chosen = values[of_pair & (place == number)]
                self._sums[name].add(chosen[:, :1], chosen[:, 1:])

    def _finish(self) -> None:
        """Compare the windows that no other has followed."""
        self._compare(-2)
        self._compare(-1)
        self._windows = []

    def numbers(self) -> list[dict[str, Any]]:
        """r2_correlation, r2_bias and r2 by bin; ld_score_correlation and ld_score_ratio."""
        self._finish()
        rows = []
        for name, sums in self._sums.items():
            rows.append(self.number("r2_correlation", sums.correlation(), name))
            rows.append(self.number("r2_bias", sums.difference(), name))
            rows.append(self.number("r2", sums.means()[1], name))
        scores = Correlation()
        if self._scores:
            found = np.concatenate(self._scores)
            scores.add(found[:, :1], found[:, 1:])
        return [
            *rows,
            self.number("score_correlation", scores.correlation()),
            self.number("score_ratio", scores.ratio()),
        ]

    def curves(self) -> dict[str, Any]:
        """For each kind of pairs: upper limits of distances and mean r2 of training individuals, of the
        candidates, and its standard error."""
        found: dict[str, list] = {kind: [] for kind in PAIRS}
        for kind in PAIRS:
            for limit, name in zip(DISTANCES, _bins(kind), strict=True):
                real, drawn = self._sums[name].means()
                mean, error = self.people.mean_and_error(drawn)
                if mean is not None:
                    found[kind].append([limit, float(real.mean()), mean, error])
        return found
