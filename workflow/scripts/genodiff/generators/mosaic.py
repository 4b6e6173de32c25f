"""Genes copied from training individuals: near-perfect utility, and every gene is that of a real
individual."""

import numpy as np

from genodiff.formats.tensors import Layout
from genodiff.generators.base import FeatureOrigins, feature_origins
from genodiff.generators.copies import Copies, gene_parts


class Mosaic(Copies):
    """Each block of `genes_per_block` neighbouring genes of a chromosome is copied whole from a random
    training individual of the class."""

    def __init__(self, layout: Layout, genes_per_block: int):
        super().__init__(layout, block_numbers(feature_origins(layout), genes_per_block))


def block_numbers(origins: FeatureOrigins, genes_per_block: int) -> np.ndarray:
    """Block number int64 (D,) of each feature: `genes_per_block` genes in a row, of one chromosome."""
    genes, begins, parts = gene_parts(origins)
    starts = np.flatnonzero(begins)
    place = np.arange(len(genes)) - np.repeat(starts, np.diff(np.r_[starts, len(genes)]))
    return (np.cumsum(place % genes_per_block == 0) - 1)[parts]
