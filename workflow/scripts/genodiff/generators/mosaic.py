"""Genes copied from individuals: near-perfect utility, and every gene is somebody's."""

import numpy as np

from genodiff.generators import FeatureOrigins


class Mosaic:
    """Each block of `genes_per_block` neighbouring genes of a chromosome is copied whole from a random
    training individual of the class."""

    def __init__(self, x: np.ndarray, features: FeatureOrigins, genes_per_block: int):
        self.x = x
        self.block = block_numbers(features, genes_per_block)

    def draw(self, count: int, rng: np.random.Generator) -> np.ndarray:
        """New individuals float32 (count, D)."""
        donors = rng.integers(len(self.x), size=(count, self.block[-1] + 1))
        return np.take_along_axis(self.x, donors[:, self.block], axis=0)


def block_numbers(features: FeatureOrigins, genes_per_block: int) -> np.ndarray:
    """Block number int64 (D,) of each feature: `genes_per_block` genes in a row, of one chromosome."""
    genes, first = np.unique(features.genes, return_index=True)
    chromosome = np.array(features.chromosomes)[first]
    starts = np.flatnonzero(np.r_[True, chromosome[1:] != chromosome[:-1]])
    place = np.arange(len(genes)) - np.repeat(starts, np.diff(np.r_[starts, len(genes)]))
    gene_block = np.cumsum(place % genes_per_block == 0) - 1
    return gene_block[np.searchsorted(genes, features.genes)]
