"""What a decoder is, the random numbers that it may use, and calls from two cuts."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np

from genodiff.features.pca import GenePca

# Parameters of a gene by name, float32.
Parameters = dict[str, np.ndarray]
# Individuals whose random numbers come from one generator.
_CHUNK = 512


@dataclass(frozen=True)
class Noise:
    """Random numbers for decoding one gene. Those of an individual depend on the seed, the gene and the
    individual's number only, not on the block that is decoded."""

    seed: int
    gene: int  # its number on the chromosome
    first: int = 0  # the number of the first individual of the block

    def normal(self, rows: int, individuals: int) -> np.ndarray:
        """Standard normal numbers, float32 (rows, individuals)."""
        drawn, last = [], self.first + individuals
        for chunk in range(self.first // _CHUNK, -(-last // _CHUNK)):
            start, stop = chunk * _CHUNK, min((chunk + 1) * _CHUNK, last)
            rng = np.random.default_rng([self.seed, self.gene, chunk])
            values = rng.standard_normal((stop - start, rows), np.float32)
            drawn.append(values[max(0, self.first - start) :])
        return np.concatenate(drawn).T if drawn else np.empty((rows, 0), np.float32)


class Decoder(ABC):
    """Dosages of the V SNPs of a gene from its k scores."""

    @abstractmethod
    def fit(
        self,
        model: GenePca,
        dosage: np.ndarray,
        scores: np.ndarray,
        training: np.ndarray,
        seed: list[int],
    ) -> Parameters:
        """Parameters of a gene, which may be without any.

        `dosage`: int8 (V, N), -1 missing. `scores`: float32 (k, N). `training`: bool (N,), the
        individuals that may be used.
        """

    @abstractmethod
    def decode(
        self, model: GenePca, parameters: Parameters, scores: np.ndarray, noise: Noise
    ) -> np.ndarray:
        """Dosages int8 (V, N), each 0, 1 or 2, of scores (k, N)."""


def called(values: np.ndarray, low: np.ndarray | float, high: np.ndarray | float) -> np.ndarray:
    """Dosages int8 (V, N) of `values` (V, N): 0 up to `low`, 2 above `high`, else 1; cuts (V, 1)."""
    # Of the kind of the values, or numpy would convert while it compares, which is slower.
    low, high = (np.asarray(cut, values.dtype) for cut in (low, high))
    dosage = (values > low).view(np.int8)
    dosage += values > high
    return dosage
