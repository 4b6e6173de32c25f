"""Each feature resampled on its own: the class's marginals and nothing that links them."""

import numpy as np

from genodiff.generators import FeatureOrigins


class Independent:
    """Every feature of a new individual comes from a training individual of the class drawn for that
    feature alone."""

    def __init__(self, x: np.ndarray, features: FeatureOrigins):
        self.x = x

    def draw(self, count: int, rng: np.random.Generator) -> np.ndarray:
        """New individuals float32 (count, D)."""
        donors = rng.integers(len(self.x), size=(count, self.x.shape[1]))
        return np.take_along_axis(self.x, donors, axis=0)
