"""The interface of membership attacks."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from genodiff.evaluation.neighbours.rows import Rows
from genodiff.evaluation.neighbours.search import Budget
from genodiff.generators.denoiser import Denoiser


@dataclass(frozen=True)
class Known:
    """What an attacker has, beside reference individuals and the genotypes of those in question.

    genes: int64 (D,), the gene of each feature, ascending; classes: C; network: that of the generator,
    which an attacker has only if it is released. cosines: those found so far of an individual, by its
    number in each store, and the nearest synthetic individual.
    """

    synthetic: Rows
    genes: np.ndarray
    classes: int
    network: Denoiser | None = None
    cosines: dict[int, dict[int, float]] = field(default_factory=dict)


class Attack(ABC):
    """An attack, prepared with what the attacker has: the synthetic individuals once, and reference
    individuals, of which there are several choices."""

    # Whether scores depend on the reference individuals; else they are computed only once.
    uses_references = True
    # Whether it needs dosages of all individuals; without them it is not tried.
    uses_dosages = False
    # Whether scores are k features of an individual, float64 (N, k), from which a classifier learns
    # members: see `evaluation.cross_fitting`.
    learnt = False
    # Scores from which on an individual stands in the dataset as it is; None if they do not tell.
    copies_above: float | None = None
    # Whether it guesses something beside membership, and is right where the score is above 0.
    guesses = False

    def __init__(self, known: Known, budget: Budget, seed: int):
        self.known, self.budget, self.seed = known, budget, seed

    def refer(self, references: Rows) -> None:
        """Prepare for scores with these reference individuals, where `uses_references`."""
        self.references = references

    @abstractmethod
    def scores(self, individuals: Rows) -> np.ndarray:
        """Score float64 (N,) of each individual, higher for those that are more likely to be members
        (`learnt`: (N, k)).

        A score depends on this individual alone, not on the others.
        """

    def bound(self, members: np.ndarray) -> float | None:
        """The AUC that this attack reaches at most, in theory, if the generator was fitted to `members`
        (C,) individuals of each class and publishes what the attack uses without error; None where no
        such bound is known."""
        return None


def blocks(individuals: Rows, memory_mb: float) -> Iterator[tuple[slice, np.ndarray]]:
    """Parts of the individuals and their values float32 (n, D), of about `memory_mb` MiB each."""
    size = max(1, int(memory_mb * 2**20 / (4 * individuals.features)))
    for start in range(0, len(individuals), size):
        part = slice(start, start + size)
        yield part, individuals.read(part)
