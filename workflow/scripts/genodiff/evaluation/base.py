"""The interface of metrics, which compare a dataset with the real individuals."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np

from genodiff.evaluation.neighbours.rows import Rows
from genodiff.evaluation.neighbours.search import Budget
from genodiff.generators.denoiser import Denoiser


@dataclass(frozen=True)
class Comparison:
    """Settings of metrics."""

    nearest: int  # neighbours of the nearest neighbour test
    repeats: int  # random draws where sets are not used whole
    planted_share: float  # of the training individuals, copied into the positive control
    attack_repeats: int  # random choices of members and of halves of the test individuals
    memory_mb: float  # of individuals and blocks together
    attack_members: int | None = None  # of each choice, at most


@dataclass(frozen=True)
class Sets:
    """The labelled individuals that a metric compares."""

    train: Rows
    test: Rows
    dataset: Rows
    classes: int  # C
    null: bool  # the dataset consists of real individuals that no generator was fitted to
    genes: np.ndarray  # int64 (D,), the gene of each feature
    references: Rows  # what an attacker may have beside the dataset; may be none
    outside: bool  # whether they are another cohort than this one
    network: Denoiser | None = None  # of the dataset's generator, where it has one


class Metric(ABC):
    """A metric or an attack; one instance compares one dataset.

    budget: memory and device of neighbour searches; seed: of random draws, the same for every dataset.
    """

    def __init__(self, settings: Comparison, budget: Budget, seed: int):
        self.settings, self.budget, self.seed = settings, budget, seed

    @abstractmethod
    def rows(self, sets: Sets) -> list[dict[str, Any]]:
        """Rows of the table, all with the same columns; dataset and seed are put in front of them. A row
        of a control names its own `dataset`.

        Raises ValueError for a dataset that cannot be compared.
        """


def class_counts(rows: Rows, classes: int) -> np.ndarray:
    """Individuals of each class, int64 (C,)."""
    return np.bincount(rows.labels, minlength=classes)
