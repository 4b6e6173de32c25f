"""The nearest of 0, 1 and 2 to the reconstruction."""

import numpy as np

from genodiff.features.decoders.base import Decoder, Noise, Parameters, called
from genodiff.features.pca import GenePca, inverse_transform


class Round(Decoder):
    """Rounds the inverse of the principal components."""

    def fit(
        self,
        model: GenePca,
        dosage: np.ndarray,
        scores: np.ndarray,
        training: np.ndarray,
        seed: list[int],
    ) -> Parameters:
        """No parameters."""
        return {}

    def decode(
        self, model: GenePca, parameters: Parameters, scores: np.ndarray, noise: Noise
    ) -> np.ndarray:
        """Dosages int8 (V, N)."""
        return called(inverse_transform(model, scores), 0.5, 1.5)
