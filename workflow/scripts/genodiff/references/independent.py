"""Each slot resampled on its own: the class's marginals and nothing that links them."""

import numpy as np

from genodiff.references import LiveSlots


class Independent:
    """Every slot of a new person comes from a training person of the class drawn for that slot alone."""

    def __init__(self, x: np.ndarray, slots: LiveSlots):
        self.x = x

    def draw(self, count: int, rng: np.random.Generator) -> np.ndarray:
        """New people float32 (count, D)."""
        donors = rng.integers(len(self.x), size=(count, self.x.shape[1]))
        return np.take_along_axis(self.x, donors, axis=0)
