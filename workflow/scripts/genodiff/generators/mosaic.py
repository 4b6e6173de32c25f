"""Genes copied from training individuals: near-perfect utility, and every gene is that of a real
individual."""

import numpy as np

from genodiff.formats.tensors import Layout
from genodiff.generators.base import ClasswiseGenerator, FeatureOrigins, feature_origins


class Mosaic(ClasswiseGenerator):
    """Each block of `genes_per_block` neighbouring genes of a chromosome is copied whole from a random
    training individual of the class."""

    def __init__(self, layout: Layout, genes_per_block: int):
        super().__init__(layout)
        self.block = block_numbers(feature_origins(layout), genes_per_block)

    def fit_class(self, x: np.ndarray) -> dict[str, np.ndarray]:
        """Tensor x: the training individuals themselves."""
        return {"x": x}

    def draw_class(
        self, model: dict[str, np.ndarray], count: int, rng: np.random.Generator
    ) -> np.ndarray:
        """Draw a donor for each block of genes."""
        donors = rng.integers(len(model["x"]), size=(count, self.block[-1] + 1))
        return np.take_along_axis(model["x"], donors[:, self.block], axis=0)


def block_numbers(origins: FeatureOrigins, genes_per_block: int) -> np.ndarray:
    """Block number int64 (D,) of each feature: `genes_per_block` genes in a row, of one chromosome."""
    genes, first = np.unique(origins.genes, return_index=True)
    chromosome = np.array(origins.chromosomes)[first]
    starts = np.flatnonzero(np.r_[True, chromosome[1:] != chromosome[:-1]])
    place = np.arange(len(genes)) - np.repeat(starts, np.diff(np.r_[starts, len(genes)]))
    gene_block = np.cumsum(place % genes_per_block == 0) - 1
    return gene_block[np.searchsorted(genes, origins.genes)]
