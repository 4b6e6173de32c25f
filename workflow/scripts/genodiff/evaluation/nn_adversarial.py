"""Distance of synthetic individuals from real ones: the nearest neighbour test (Table 2) and the nearest
neighbour adversarial accuracy (Table 3), on sets of equal size and label mix.

Measures of a real set T and a synthetic set S (Eq. 9 and 11; Yale et al. 2019), per individual:
nn_share: share of T among the k nearest neighbours of a T individual in T and S; the ideal is 0.5.
aa_truth: 1 if the nearest other T individual of a T individual is nearer than the nearest S individual.
aa_syn: 1 if the nearest other S individual of an S individual is nearer than the nearest T individual.
aa_ts: the mean of both. A tie counts as not nearer. Neighbours have the largest cosine, the smallest
angle and the smallest distance of the paper alike.
"""

from collections.abc import Iterator

import numpy as np

from genodiff.cohort.label_mix import draw, matched_counts
from genodiff.evaluation.base import Metric, Sets, class_counts
from genodiff.evaluation.neighbours.exact import own_share
from genodiff.evaluation.neighbours.rows import Rows
from genodiff.evaluation.neighbours.search import Budget, between, within
from genodiff.runtime.logs import logger

MEASURES = ("nn_share", "aa_truth", "aa_syn", "aa_ts")
# Mean and standard error of each of MEASURES in one comparison.
Summary = dict[str, tuple[float, float]]


def compare(real: Rows, synthetic: Rows, nearest: int, budget: Budget) -> dict[str, np.ndarray]:
    """nn_share and aa_truth of each real individual, aa_syn of each synthetic one: float64 (N,) in
    [0, 1]; `nearest` is k."""
    near_real, near_synthetic = within(real, nearest, budget), within(synthetic, 1, budget)
    real_to_synthetic, synthetic_to_real = between(real, synthetic, nearest, budget)
    truth = own_share(real, synthetic, near_real, real_to_synthetic, 1)
    syn = own_share(synthetic, real, near_synthetic, synthetic_to_real, 1)
    return {
        "nn_share": own_share(real, synthetic, near_real, real_to_synthetic, nearest),
        # A share below one is a tie with an individual of the other set.
        "aa_truth": (truth == 1).astype(float),
        "aa_syn": (syn == 1).astype(float),
    }


def summary(values: dict[str, np.ndarray]) -> Summary:
    """Mean and standard error of each of MEASURES from the values of one comparison. The error is that
    of drawing the individuals, which are taken as independent."""
    out = {
        name: (float(v.mean()), float(v.std(ddof=1) / np.sqrt(len(v))) if len(v) > 1 else float("nan"))
        for name, v in values.items()
    }
    (truth, truth_se), (syn, syn_se) = out["aa_truth"], out["aa_syn"]
    out["aa_ts"] = ((truth + syn) / 2, float(np.hypot(truth_se, syn_se) / 2))
    return out


def matched(
    sets: list[Rows], mix: np.ndarray, repeats: int, rng: np.random.Generator
) -> Iterator[list[Rows]]:
    """Yield subsets of the sets with equal numbers of individuals of each class, in the proportions of
    `mix` (C,), and as large as the smallest set allows.

    There are `repeats` random draws, or one draw if every set is used whole.
    """
    counts = matched_counts(mix, *(class_counts(rows, len(mix)) for rows in sets))
    if all(len(rows) == counts.sum() for rows in sets):
        yield sets
        return
    for _ in range(repeats):
        yield [rows.take(draw(rows.labels, counts, rng)) for rows in sets]


def _row(measure: str, against: str, individuals: int, runs: list[tuple[float, float]]) -> dict:
    """One row of the long table: mean over runs, root mean square of their standard errors, and standard
    deviation over runs, which does not include the variance of the individuals that the runs share."""
    values, errors = np.array(runs).T
    error = float(np.sqrt(np.square(errors).mean()))
    return {
        "measure": measure, "against": against, "n": individuals, "repeats": len(runs),
        "value": float(values.mean()), "se": error if np.isfinite(error) else None,
        "repeat_sd": float(values.std(ddof=1)) if len(values) > 1 else None,
    }  # fmt: skip


class NearestNeighbours(Metric):
    """Rows of Tables 2 and 3."""

    def rows(self, sets: Sets) -> list[dict]:
        """Rows of every measure against training and test individuals, and of the privacy loss."""
        test = NnAdversarial(
            sets.train, sets.test, sets.classes, self.settings.nearest, self.settings.repeats,
            self.budget, self.seed,
        )  # fmt: skip
        return test.null(sets.dataset) if sets.null else test.of_generator(sets.dataset)


class NnAdversarial:
    """Comparisons with the real training and test individuals; `mix`es are theirs. Rows of the long
    table have measure, against, n, repeats, value, se and repeat_sd."""

    def __init__(
        self, train: Rows, test: Rows, classes: int, nearest: int, repeats: int, budget: Budget,
        seed: int,
    ):  # fmt: skip
        self.train, self.test, self.classes = train, test, classes
        self.nearest, self.repeats, self.budget, self.seed = nearest, repeats, budget, seed
        self.reduced: set[int] = set()  # smaller k, each logged once

    def _summary(self, real: Rows, synthetic: Rows) -> Summary:
        nearest = min(self.nearest, 2 * len(real) - 1)
        if nearest < self.nearest and nearest not in self.reduced:
            self.reduced.add(nearest)
            logger.warning(
                "only %d individuals can be compared: nearest neighbour test with k = %d instead of %d",
                len(real), nearest, self.nearest,
            )  # fmt: skip
        return summary(compare(real, synthetic, nearest, self.budget))

    def _compare(
        self, real: dict[str, Rows], synthetic: Rows
    ) -> tuple[list[dict], dict[str, list[Summary]], int]:
        """Rows of all measures, the summaries of all draws, and the number of individuals of a draw, for
        matched subsets of the `real` sets and `synthetic` with the label mix of the first real set."""
        rng, runs = np.random.default_rng(self.seed), {name: [] for name in real}
        mix = class_counts(next(iter(real.values())), self.classes)
        for *subsets, drawn in matched([*real.values(), synthetic], mix, self.repeats, rng):
            individuals = len(drawn)
            for name, subset in zip(real, subsets, strict=True):
                runs[name].append(self._summary(subset, drawn))
        for name, own in runs.items():
            logger.info("against %s: %d individuals, %d draws", name, individuals, len(own))
        rows = [
            _row(measure, name, individuals, [run[measure] for run in own])
            for name, own in runs.items()
            for measure in MEASURES
        ]
        return rows, runs, individuals

    def against_test(self, synthetic: Rows) -> list[dict]:
        """Rows of all measures against the test individuals; the rows of the null if these individuals
        are the training individuals."""
        return self._compare({"test": self.test}, synthetic)[0]

    def test_and_loss(self, synthetic: Rows) -> list[dict]:
        """Rows against the test individuals, against equally many training individuals with the same
        label mix ("train_as_test"), and the privacy loss: aa_ts of the first minus that of the
        second."""
        sets = {"test": self.test, "train_as_test": self.train}
        rows, runs, individuals = self._compare(sets, synthetic)
        loss = [
            (test["aa_ts"][0] - train["aa_ts"][0], float(np.hypot(test["aa_ts"][1], train["aa_ts"][1])))
            for test, train in zip(*runs.values(), strict=True)
        ]
        return [*rows, _row("privacy_loss", "both", individuals, loss)]

    def of_generator(self, synthetic: Rows) -> list[dict]:
        """All rows of a synthetic dataset."""
        return [*self._compare({"train": self.train}, synthetic)[0], *self.test_and_loss(synthetic)]

    def null(self, unseen: Rows) -> list[dict]:
        """The same rows for real individuals: training against test individuals. For the privacy loss,
        `unseen` individuals, which are in neither set, take the place of the synthetic ones."""
        loss = [r for r in self.test_and_loss(unseen) if r["against"] in ("both", "train_as_test")]
        return [
            *self._compare({"train": self.train}, self.test)[0],
            *self.against_test(self.train),
            *loss,
        ]
