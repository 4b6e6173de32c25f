"""Density under the synthetic individuals against that under reference individuals (DOMIAS, van Breugel
et al. 2023), with normal densities.

Where a generator has fitted its training individuals too closely, the density of synthetic individuals
is raised there, which that of other individuals of the population is not.
"""

from collections.abc import Sequence

import numpy as np
from scipy.linalg import cho_solve, eigh
from sklearn.covariance import LedoitWolf

from genodiff.evaluation.attacks.base import Attack, blocks
from genodiff.evaluation.neighbours.rows import Rows

# Individuals of each set on which principal components are computed, and components at most.
_BASIS, _COMPONENTS = 1000, 256
# Eigenvalues below this share of the largest are rounding errors.
_SMALLEST = 1e-6


class Normal:
    """A normal distribution with the covariance of Ledoit and Wolf (2004), of x float (N, k)."""

    def __init__(self, x: np.ndarray):
        fitted = LedoitWolf().fit(x)
        self.mean = fitted.location_
        # A set without variance in a direction would have a density without limit.
        spread = np.trace(fitted.covariance_) / len(fitted.covariance_)
        covariance = fitted.covariance_ + max(1e-6 * spread, 1e-12) * np.eye(x.shape[1])
        self.root = np.linalg.cholesky(covariance)

    def log_density(self, x: np.ndarray) -> np.ndarray:
        """Up to the constant that all normal densities of k dimensions share, float64 (N,)."""
        centred = x - self.mean
        distance = (centred * cho_solve((self.root, True), centred.T).T).sum(1)
        return -distance / 2 - np.log(np.diag(self.root)).sum()


def principal_axes(sets: Sequence[Rows], most: int, memory_mb: float, seed: int) -> np.ndarray:
    """At most so many principal axes float32 (D, k) of sets of individuals, each of length 1."""
    features, rng = sets[0].features, np.random.default_rng(seed)
    size = min(_BASIS, max(8, int(memory_mb * 2**20 / (16 * features))))
    chosen = [rows.read(np.sort(rng.permutation(len(rows))[:size])) for rows in sets]
    x = np.concatenate([part - part.mean(0) for part in chosen])
    count = max(1, min(_COMPONENTS, most, *map(len, chosen)))
    # Products of features or of individuals, whichever are fewer, have the same eigenvalues.
    few = features < len(x)
    values, vectors = eigh((x.T @ x if few else x @ x.T).astype(np.float64))
    kept = np.flatnonzero(values > _SMALLEST * max(values[-1], 1e-30))[-count:]
    if few:
        return vectors[:, kept].astype(np.float32)
    return x.T @ (vectors[:, kept] / np.sqrt(values[kept])).astype(np.float32)


def projected(individuals: Rows, axes: np.ndarray | None, memory_mb: float) -> np.ndarray:
    """Values float64 (N, k) on axes (D, k), or without axes on all features."""
    width = individuals.features if axes is None else axes.shape[1]
    out = np.empty((len(individuals), width))
    for part, x in blocks(individuals, memory_mb / 8):
        out[part] = x if axes is None else x @ axes
    return out


class DensityRatio(Attack):
    """Logarithm of the ratio. With more features than reference individuals, in the principal components
    of synthetic and reference individuals, half as many as there are reference individuals."""

    def refer(self, references: Rows) -> None:
        sets, wide = (self.known.synthetic, references), references.features >= len(references)
        most, memory_mb = len(references) // 2, self.budget.memory_mb
        self.axes = principal_axes(sets, most, memory_mb, self.seed) if wide else None
        self.synthetic, self.reference = (Normal(self._project(rows)) for rows in sets)

    def _project(self, individuals: Rows) -> np.ndarray:
        return projected(individuals, self.axes, self.budget.memory_mb)

    def scores(self, individuals: Rows) -> np.ndarray:
        x = self._project(individuals)
        return self.synthetic.log_density(x) - self.reference.log_density(x)
