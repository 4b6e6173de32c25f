"""Each feature resampled on its own: the marginal distributions of the class, and nothing that links
features."""

import numpy as np

from genodiff.generators.base import ClasswiseGenerator


class Independent(ClasswiseGenerator):
    """Every feature of a new individual comes from a training individual of the class that is drawn for
    this feature alone."""

    def fit_class(self, x: np.ndarray) -> dict[str, np.ndarray]:
        """Tensor x: the training individuals themselves."""
        return {"x": x}

    def draw_class(
        self, model: dict[str, np.ndarray], count: int, rng: np.random.Generator
    ) -> np.ndarray:
        """Draw a donor for each feature."""
        donors = rng.integers(len(model["x"]), size=(count, model["x"].shape[1]))
        return np.take_along_axis(model["x"], donors, axis=0)
