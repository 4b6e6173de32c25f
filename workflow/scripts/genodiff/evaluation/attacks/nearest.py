"""Distance to the nearest synthetic individual, alone or compared with that to the nearest reference
individual."""

import numpy as np

from genodiff.evaluation.attacks.base import Attack, Known
from genodiff.evaluation.neighbours.exact import nearest_cosine
from genodiff.evaluation.neighbours.rows import Rows
from genodiff.evaluation.neighbours.search import Budget, between


def largest_cosine(individuals: Rows, others: Rows, budget: Budget) -> np.ndarray:
    """Cosine float64 (N,) of each individual and the nearest of `others`."""
    others = others.distinct()[0]
    return nearest_cosine(individuals, others, between(individuals, others, 1, budget)[0])


def nearest_synthetic(individuals: Rows, known: Known, budget: Budget) -> np.ndarray:
    """Cosine float64 (N,) of each individual and the nearest synthetic individual. Attacks on the same
    individuals compute it once."""
    found = known.cosines.setdefault(id(individuals.store), {})
    new = np.flatnonzero([number not in found for number in individuals.numbers.tolist()])
    if len(new):
        cosines = largest_cosine(individuals.take(new), known.synthetic, budget)
        found.update(zip(individuals.numbers[new].tolist(), cosines.tolist(), strict=True))
    return np.array([found[number] for number in individuals.numbers.tolist()])


class Nearest(Attack):
    """Cosine of the individual and the nearest synthetic individual."""

    uses_references = False
    # Less than 1 by the rounding errors of decoding and encoding.
    copies_above = 1 - 1e-6

    def scores(self, individuals: Rows) -> np.ndarray:
        return nearest_synthetic(individuals, self.known, self.budget)


class NearestDifference(Attack):
    """Distance to the nearest reference individual less that to the nearest synthetic individual: an
    individual in a dense region is near to everybody. The distance of unit vectors, sqrt(2 - 2 cos)."""

    def scores(self, individuals: Rows) -> np.ndarray:
        to_reference, to_synthetic = (
            np.sqrt(np.maximum(0, 2 - 2 * cosine))
            for cosine in (
                largest_cosine(individuals, self.references, self.budget),
                nearest_synthetic(individuals, self.known, self.budget),
            )
        )
        return to_reference - to_synthetic
