"""Population structure of candidates: principal components of training individuals, and Fst."""

from typing import Any

import numpy as np
from scipy.linalg import eigh
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from genodiff.cohort.label_mix import draw, matched_counts
from genodiff.evaluation.fidelity.base import (
    Block,
    FidelityMetric,
    Thinned,
    frequency_of,
)
from genodiff.evaluation.fidelity.people import CANDIDATE, TRAIN
from genodiff.qc.relatives import LEAST_FREQUENCY

COMPONENTS = 10
# Individuals of each side in the figure.
_POINTS = 300


def axes_of(dosage: np.ndarray, components: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Means and scales (V,), and loadings float64 (V, k) of the first k <= `components` principal
    components of individuals with dosages int8 (n, V).

    As in PLINK, a dosage is centred and divided by sqrt(2 p (1 - p)); missing calls become the mean.
    Loadings have unit length; no component without variance.
    """
    called = dosage >= 0
    with np.errstate(invalid="ignore"):
        mean = np.where(called, dosage, 0).sum(0) / called.sum(0)
    scale = np.sqrt(np.maximum(mean * (2 - mean) / 2, 0))
    x = scaled(dosage, mean, scale)
    few = len(x) < x.shape[1]
    gram = x @ x.T if few else x.T @ x
    first = max(0, len(gram) - components)
    values, vectors = eigh(gram.astype(float), subset_by_index=(first, len(gram) - 1))
    order = [i for i in range(len(values))[::-1] if values[i] > 1e-6 * values.max(initial=1e-9)]
    vectors = vectors[:, order]
    return mean, scale, x.T @ vectors / np.sqrt(values[order]) if few else vectors


def scaled(dosage: np.ndarray, mean: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Float32 (n, V); a missing call and a SNP that does not vary give 0."""
    usable = (dosage >= 0) & (scale > 0)
    return np.where(usable, (dosage - mean) / np.where(scale > 0, scale, 1), 0).astype(np.float32)


def wasserstein(a: np.ndarray, b: np.ndarray) -> float:
    """1-Wasserstein distance of two sets of n points (n, k), with Euclidean distances: the mean distance
    of the best assignment, divided by the root of the total variance of `b`. NaN without variance."""
    spread = np.sqrt(b.var(0).sum())
    distance = cdist(a, b)
    rows, columns = linear_sum_assignment(distance)
    return float(distance[rows, columns].mean() / spread) if spread > 0 else float("nan")


class HudsonFst:
    """Fst of pairs of sets, with sums over SNPs."""

    def __init__(self) -> None:
        self._sums: Any = 0.0

    def add(self, a: np.ndarray, b: np.ndarray) -> None:
        """Add genotype counts (V, ..., 3) of both sets (Bhatia et al. 2013, equation 10, with 2 N
        alleles of N individuals)."""
        sides = [(frequency_of(c), 2 * c.sum(-1, dtype=float)) for c in (a, b)]
        (p, n), (q, m) = sides
        with np.errstate(invalid="ignore", divide="ignore"):
            numerator = (p - q) ** 2 - p * (1 - p) / (n - 1) - q * (1 - q) / (m - 1)
        denominator = p * (1 - q) + q * (1 - p)
        valid = np.isfinite(numerator) & np.isfinite(denominator)
        self._sums = self._sums + np.stack(
            [np.where(valid, part, 0).sum(0) for part in (numerator, denominator)]
        )

    def fst(self) -> np.ndarray:
        """Ratio of the sums (...); NaN without a SNP that varies."""
        numerator, denominator = np.broadcast_to(self._sums, (2, *np.shape(self._sums)[1:]))
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(denominator > 0, numerator / denominator, np.nan)


class Structure(FidelityMetric):
    """Distances of candidates from training individuals on principal components of other training
    individuals; Fst between both, and between the classes of the candidates (each class against the
    rest, mean over classes)."""

    def __init__(self, **arguments: Any):
        super().__init__(**arguments)
        people, most = self.people, self.settings.individuals
        rng = np.random.default_rng(self.seed)
        axes, other = people.halves
        self._axes = np.sort(rng.permutation(axes)[:most])
        labels = people.groups[TRAIN].labels[other]
        counts = np.bincount(labels, minlength=len(people.classes))
        # Pairs of sets of the same size and label mix: candidates, training individuals of no axis.
        self._pairs: list[tuple[np.ndarray, np.ndarray]] = []
        for rows in people.draws if counts.all() else []:
            drawn = people.groups[CANDIDATE].labels[rows]
            mix = np.bincount(drawn, minlength=len(people.classes))
            equal = matched_counts(mix, mix, counts)
            self._pairs.append((rows[draw(drawn, equal, rng)], other[draw(labels, equal, rng)]))
        chosen = self.sites.thinned(self.settings.snps, LEAST_FREQUENCY)
        used = [
            np.unique(np.concatenate([pair[side] for pair in self._pairs] or [[]])).astype(int)
            for side in range(2)
        ]
        self._kept = {
            CANDIDATE: Thinned(CANDIDATE, used[0], chosen),
            TRAIN: Thinned(TRAIN, np.union1d(self._axes, used[1]), chosen),
        }
        self._fst, self._between = HudsonFst(), [HudsonFst() for _ in people.classes]
        self._points: dict[str, Any] = {}

    def add(self, block: Block) -> None:
        """Keep thinned SNPs, and add frequencies to Fst."""
        for kept in self._kept.values():
            kept.add(block)
        own, real = (block.counts(name)[:, 1:] for name in (CANDIDATE, TRAIN))
        self._fst.add(own.sum(2), np.broadcast_to(real.sum(2), own.sum(2).shape))
        for number, fst in enumerate(self._between):
            fst.add(own[:, :, number], own.sum(2) - own[:, :, number])

    def _distances(self) -> dict[str, list[float]]:
        """Numbers of each draw on the first 2 and COMPONENTS components; empty if not so many."""
        kept = self._kept[TRAIN].of(self._axes)
        if not self._pairs or not kept.size:
            return {}
        mean, scale, loadings = axes_of(kept, COMPONENTS)
        found: dict[str, list[float]] = {}
        for rows, others in self._pairs:
            own, real = (
                scaled(self._kept[name].of(part), mean, scale) @ loadings
                for name, part in ((CANDIDATE, rows), (TRAIN, others))
            )
            for k in (k for k in (2, COMPONENTS) if loadings.shape[1] >= k):
                a, b = own[:, :k], real[:, :k]
                found.setdefault(f"wasserstein_pc{k}", []).append(wasserstein(a, b))
                found.setdefault(f"variance_pc{k}", []).append(a.var(0).sum() / b.var(0).sum())
            if not self._points and loadings.shape[1] >= 2:
                unit = real[:, :2].std() or 1.0
                self._points = {
                    "candidate": (own[:_POINTS, :2] / unit).round(3).tolist(),
                    "train": (real[:_POINTS, :2] / unit).round(3).tolist(),
                }
        return found

    def numbers(self) -> list[dict[str, Any]]:
        """wasserstein_pc2, wasserstein_pc10, variance_pc2, variance_pc10, fst and fst_classes."""
        found = self._distances()
        between = np.mean([fst.fst() for fst in self._between], 0)
        names = [f"{name}_pc{k}" for name in ("wasserstein", "variance") for k in (2, COMPONENTS)]
        rows = [self.number(name, found.get(name, [])) for name in names]
        return [
            *rows, self.number("fst", self._fst.fst()), self.number("fst_classes", between),
        ]  # fmt: skip

    def curves(self) -> dict[str, Any]:
        """Scores on the first two components, of training individuals and of the first draw, in units
        of the former's standard deviation."""
        return self._points
