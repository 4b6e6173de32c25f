"""The best linear denoisers: individuals as draws from one normal distribution.

With mean m and covariance C, E[x_0 | x] = m + C (C + sigma^2 I)^-1 (x - m).
"""

import numpy as np
from scipy.linalg import eigh
from sklearn.covariance import ledoit_wolf

from genodiff.evaluation.denoising.base import Analytic, Training, groups_of


class _Gaussian(Analytic):
    def _fit(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Mean, eigenvalues and eigenvectors of the covariance of Ledoit and Wolf (2004)."""
        return x.mean(0), *eigh(ledoit_wolf(x.astype(np.float64))[0])

    def _restore(self, known: tuple, x: np.ndarray, sigma: float) -> np.ndarray:
        mean, values, vectors = known
        values = np.maximum(values, 0)
        return mean + ((x - mean) @ vectors * (values / (values + sigma**2))) @ vectors.T


class Whole(_Gaussian):
    """All features together."""

    @staticmethod
    def parts(training: Training) -> list[np.ndarray]:
        return [np.arange(len(training.genes))]


class ByChromosome(_Gaussian):
    """Each chromosome alone."""

    @staticmethod
    def parts(training: Training) -> list[np.ndarray]:
        return groups_of(training.chromosomes)


class Independent(Analytic):
    """Each feature alone."""

    @staticmethod
    def parts(training: Training) -> list[np.ndarray]:
        # With a variance of its own each, all features are restored at once.
        return [np.arange(len(training.genes))]

    def _fit(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return x.mean(0), x.var(0)

    def _restore(self, known: tuple, x: np.ndarray, sigma: float) -> np.ndarray:
        mean, variance = known
        return mean + (x - mean) * (variance / (variance + sigma**2))
