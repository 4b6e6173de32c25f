"""Individuals of the comparison: training and test individuals, candidates, and random subsets of them.

Candidates are the synthetic individuals of a dataset, or the test individuals for the null. Both are
drawn in the same sizes and with the label mix of the test individuals.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from genodiff.cohort.label_mix import draw, matched_counts, whole_individuals

# Share of the largest set of matched candidates that is in one draw. The draws of the null overlap, and
# `mean_and_error` takes that into account.
SHARE = 0.8
TRAIN, TEST, CANDIDATE = "train", "test", "candidate"
# Subsets of the training individuals whose genotypes are counted.
WHOLE, REFERENCE = 0, 1


@dataclass(frozen=True)
class Group:
    """Individuals with labels, and subsets of them."""

    labels: np.ndarray  # int64 (N,), class numbers
    subsets: list[np.ndarray]  # rows of the individuals of each, int64, sorted; the first is all of them
    classes: int  # C

    @cached_property
    def weights(self) -> np.ndarray:
        """Float32 (N, subsets * C): 1 where an individual of the class is in the subset."""
        weights = np.zeros((len(self.labels), len(self.subsets), self.classes), np.float32)
        for number, rows in enumerate(self.subsets):
            weights[rows, number, self.labels[rows]] = 1
        return weights.reshape(len(self.labels), -1)


class People:
    """Groups of individuals, and D draws of candidates.

    groups[TRAIN].subsets: all; and the reference, the largest set with the label mix of the test
    individuals. groups[CANDIDATE].subsets: all, and the D draws. `train_draws`: D sets of training
    individuals like the draws, `halves`: two halves of the training individuals.
    """

    def __init__(
        self, classes: list[str], control: str | None, train: np.ndarray, test: np.ndarray,
        candidate: np.ndarray | None, repeats: int, limit: int, seed: int,
    ):  # fmt: skip
        """`train`, `test`, `candidate`: class numbers int64 (N,) each; None: the null. `control`: the
        class of controls, if any. `limit`: individuals of a draw at most. Raises ValueError if a set
        lacks a class."""
        self.classes, self.null = classes, candidate is None
        self.control = classes.index(control) if control in classes else None
        candidate = test if candidate is None else candidate
        labels = {TRAIN: train, TEST: test, CANDIDATE: candidate}
        counts = {name: np.bincount(own, minlength=len(classes)) for name, own in labels.items()}
        for name, own in counts.items():
            if not own.all():
                lacking = classes[int(np.flatnonzero(own == 0)[0])]
                raise ValueError(f"no {name} individual of class {lacking!r}; every class is compared")
        mix = counts[TEST]
        # Of their own, so that all datasets are compared with the same real individuals.
        drawing = {name: np.random.default_rng([seed, n]) for n, name in enumerate((*labels, "halves"))}
        # As many as in the null, which has the test individuals only.
        most = matched_counts(mix, mix, counts[CANDIDATE], counts[TRAIN])
        each = whole_individuals(mix, max(1, min(int(SHARE * most.sum()), limit)))
        each = np.minimum(each, most)
        self.drawn = int(each.sum())
        own = matched_counts(mix, counts[CANDIDATE]).sum()
        self._share = self.drawn / own
        subsets = {
            TRAIN: [draw(train, matched_counts(mix, counts[TRAIN]), drawing[TRAIN])],
            TEST: [],
            CANDIDATE: [draw(candidate, each, drawing[CANDIDATE]) for _ in range(repeats)],
        }
        self.groups = {
            name: Group(own, [np.arange(len(own)), *subsets[name]], len(classes))
            for name, own in labels.items()
        }
        self.train_draws = [draw(train, each, drawing[TRAIN]) for _ in range(repeats)]
        first = draw(train, (counts[TRAIN] + 1) // 2, drawing["halves"])
        self.halves = first, np.setdiff1d(np.arange(len(train)), first)

    @property
    def draws(self) -> list[np.ndarray]:
        """Rows of the candidates in each draw."""
        return self.groups[CANDIDATE].subsets[1:]

    @property
    def reference(self) -> np.ndarray:
        """Rows of the training individuals that candidates are compared with."""
        return self.groups[TRAIN].subsets[REFERENCE]

    def mean_and_error(
        self, values: np.ndarray, share: float | None = None
    ) -> tuple[float | None, float | None]:
        """Mean of the values of D draws, and its standard error; None where they cannot be judged.

        `share`: f, the share of the individuals of each class that is in a draw; None: that of the
        candidates. The error is that of drawing them from a population: of D subsets with a share f
        (delete-d jackknife, Shao and Wu 1989) it is s sqrt(1 / D + f / (1 - f)), with s the standard
        deviation over draws. None if each draw has all individuals.
        """
        share = self._share if share is None else share
        if not np.isfinite(values).all() or not len(values):
            return None, None
        if len(values) < 2 or share >= 1:
            return float(values.mean()), None
        factor = np.sqrt(1 / len(values) + share / (1 - share))
        return float(values.mean()), float(values.std(ddof=1) * factor)
