"""What generators share that put a new individual together from parts of training individuals, its
donors."""

import numpy as np

from genodiff.formats.tensors import Layout
from genodiff.generators.base import ClasswiseGenerator, FeatureOrigins


class Copies(ClasswiseGenerator):
    """Each part of a new individual, one or more of its features, is copied whole from a training
    individual of the class. `parts` int64 (D,): the part of each feature, rising from 0."""

    def __init__(self, layout: Layout, parts: np.ndarray):
        super().__init__(layout)
        self.parts = parts

    def fit_class(self, x: np.ndarray) -> dict[str, np.ndarray]:
        """Tensor x: the training individuals themselves."""
        return {"x": x}

    def draw_class(
        self, model: dict[str, np.ndarray], count: int, rng: np.random.Generator
    ) -> np.ndarray:
        """Copy each part from its donor."""
        donors = self.draw_donors(len(model["x"]), (count, int(self.parts[-1]) + 1), rng)
        return np.take_along_axis(model["x"], donors[:, self.parts], axis=0)

    def draw_donors(
        self, individuals: int, shape: tuple[int, int], rng: np.random.Generator
    ) -> np.ndarray:
        """Donors int64 of `shape` (new individuals, parts), numbers below `individuals`: one for each
        part alone."""
        return rng.integers(individuals, size=shape)


def gene_parts(origins: FeatureOrigins) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The G genes that have features: their numbers int64 (G,); bool (G,), true for the first one of a
    chromosome; and for each feature the index of its gene among them, int64 (D,)."""
    genes, first, parts = np.unique(origins.genes, return_index=True, return_inverse=True)
    chromosome = np.array(origins.chromosomes)[first]
    return genes, np.r_[True, chromosome[1:] != chromosome[:-1]], parts
