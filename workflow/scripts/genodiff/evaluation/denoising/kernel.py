"""Denoisers that know the training individuals by heart: the mean of x_0 given x, where each part of x_0
is that of one of the training individuals, each as likely.

The weight of training individual s is the softmax of -|x - x_s|^2 / (2 sigma^2).
"""

import numpy as np
from scipy.special import softmax

from genodiff.evaluation.denoising.base import Analytic, Training, groups_of

# Weights (float64) that are computed at once.
_WEIGHTS = 2**24


class _Kernel(Analytic):
    def _fit(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The values, and their squared lengths."""
        return x, np.einsum("nd,nd->n", x, x, dtype=np.float64)

    def _restore(self, known: tuple, x: np.ndarray, sigma: float) -> np.ndarray:
        training, lengths = known
        found, size = np.empty_like(x), max(1, _WEIGHTS // len(training))
        for start in range(0, len(x), size):
            own = x[start : start + size]
            # |x|^2 is the same for all training individuals.
            weights = softmax(((own @ training.T) - lengths / 2) / sigma**2, axis=1)
            found[start : start + size] = weights @ training
        return found


class ByGene(_Kernel):
    """Each gene alone."""

    @staticmethod
    def parts(training: Training) -> list[np.ndarray]:
        return groups_of(training.genes)


class ByChromosome(_Kernel):
    """Each chromosome alone."""

    @staticmethod
    def parts(training: Training) -> list[np.ndarray]:
        return groups_of(training.chromosomes)
