"""Distance to the nearest synthetic individual, alone or compared with that to the nearest reference
individual."""

import numpy as np

from genodiff.evaluation.attacks.base import Attack, Known
from genodiff.evaluation.neighbours.exact import nearest_cosine
from genodiff.evaluation.neighbours.rows import Rows
from genodiff.evaluation.neighbours.search import Budget, between


def largest_cosine(individuals: Rows, others: Rows, budget: Budget) -> np.ndarray:
    """Cosine float64 (N,) of each individual and the nearest of `others`."""
    return nearest_cosine(individuals, others, between(individuals, others, 1, budget)[0])


class Nearest(Attack):
    """Cosine of the individual and the nearest synthetic individual."""

    uses_references = False
    # Less than 1 by the rounding errors of decoding and encoding.
    copies_above = 1 - 1e-6

    def scores(self, individuals: Rows) -> np.ndarray:
        return largest_cosine(individuals, self.known.synthetic, self.budget)


class NearestDifference(Attack):
    """Distance to the nearest reference individual less that to the nearest synthetic individual: an
    individual in a dense region is near to everybody. The distance of unit vectors, sqrt(2 - 2 cos)."""

    def __init__(self, known: Known, budget: Budget, seed: int):
        super().__init__(known, budget, seed)
        # Individuals and their distances to the nearest synthetic individual, whatever the references.
        self._known: list[tuple[Rows, np.ndarray]] = []

    def _distances(self, individuals: Rows, others: Rows) -> np.ndarray:
        return np.sqrt(np.maximum(0, 2 - 2 * largest_cosine(individuals, others, self.budget)))

    def scores(self, individuals: Rows) -> np.ndarray:
        synthetic = next((found for rows, found in self._known if rows is individuals), None)
        if synthetic is None:
            synthetic = self._distances(individuals, self.known.synthetic)
            self._known.append((individuals, synthetic))
        return self._distances(individuals, self.references) - synthetic
