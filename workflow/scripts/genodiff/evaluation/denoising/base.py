"""The interface of denoisers that need no training."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Training:
    """What they are fitted to: training individuals x float32 (N, D), and the gene int64 (D,) and the
    chromosome int64 (D,) of each feature, neither falling."""

    x: np.ndarray
    genes: np.ndarray
    chromosomes: np.ndarray


class Analytic(ABC):
    """A denoiser, fitted to the training individuals of all classes together."""

    # Parts of the features that are denoised without each other.
    @staticmethod
    @abstractmethod
    def parts(training: Training) -> list[np.ndarray]:
        """Indices int64 of the features of each part."""

    def __init__(self, training: Training):
        self._parts = [(own, self._fit(training.x[:, own])) for own in self.parts(training)]

    @abstractmethod
    def _fit(self, x: np.ndarray) -> object:
        """What is known of one part from its values (N, d)."""

    @abstractmethod
    def _restore(self, known: object, x: np.ndarray, sigma: float) -> np.ndarray:
        """E[x_0 | x] of one part (n, d), where x = x_0 + sigma times normal noise."""

    def restore(self, x: np.ndarray, sigma: float) -> np.ndarray:
        """E[x_0 | x] float32 (n, D) of noised individuals x float32 (n, D)."""
        found = np.empty_like(x)
        for own, known in self._parts:
            found[:, own] = self._restore(known, x[:, own], sigma)
        return found


def groups_of(numbers: np.ndarray) -> list[np.ndarray]:
    """Indices of the features of each gene or chromosome."""
    return np.split(np.arange(len(numbers)), np.flatnonzero(np.diff(numbers)) + 1)
