"""Stretches of chromosomes copied from training individuals, as HAPGEN2, HAPNEST and RESHAPE copy
haplotypes: near-perfect utility and linkage, and every stretch is that of a real individual."""

import numpy as np

from genodiff.formats.tensors import Layout
from genodiff.generators.base import feature_origins
from genodiff.generators.copies import Copies, gene_parts
from genodiff.runtime.errors import InputError


class Copying(Copies):
    """Copies one training individual of the class along a chromosome, and switches to another one
    between genes, as often as the model of Li and Stephens (2003) does at their distance.

    A gene comes whole, with both haplotypes, from one individual, since components are of dosages; both
    therefore switch at once, while those of Li and Stephens switch each on its own.
    """

    def __init__(
        self, layout: Layout, effective_size: float, centimorgans_per_megabase: float, mutation: float
    ):
        genes, self.begins, parts = gene_parts(feature_origins(layout))
        super().__init__(layout, parts)
        self.effective_size, self.mutation = effective_size, mutation
        positions = [layout.genes[i].position for i in genes]
        if None in positions:
            raise InputError(
                "generator copying: layout.json has no positions of genes; delete it, and the workflow "
                "makes it again"
            )
        bp = np.abs(np.diff(positions, prepend=positions[:1]))
        self.morgans = bp * centimorgans_per_megabase / 1e8

    def switching(self, individuals: int) -> np.ndarray:
        """Probability float64 (G,) that a new donor, of this number of `individuals`, is drawn at a
        gene: 1 - exp(-4 Ne d / n) at d Morgans from the gene before, with n haplotypes, two of each
        individual; 1 at the first gene of a chromosome."""
        rate = 4 * self.effective_size / (2 * individuals)
        return np.where(self.begins, 1, -np.expm1(-rate * self.morgans))

    def draw_donors(
        self, individuals: int, shape: tuple[int, int], rng: np.random.Generator
    ) -> np.ndarray:
        """Donors int64 of `shape` (new individuals, G), numbers below `individuals`."""
        switches = rng.random(shape) < self.switching(individuals)
        latest = np.maximum.accumulate(np.where(switches, np.arange(shape[1]), 0), axis=1)
        donors = np.take_along_axis(rng.integers(individuals, size=shape), latest, axis=1)
        mutated = rng.random(shape) < self.mutation
        return np.where(mutated, rng.integers(individuals, size=shape), donors)
