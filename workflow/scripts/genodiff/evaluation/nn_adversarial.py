"""How near synthetic individuals are to real ones: the nearest neighbour test (Table 2) and the
adversarial accuracy (Table 3), on sets of equal size and label mix.

Per individual of the real set T or the synthetic set S (Eq. 9 and 11, Yale et al. 2019):
nn_share: share of a T individual's k nearest in T and S together that are of T; 0.5 is best.
aa_truth: whether a T individual's nearest other T individual is nearer than its nearest S individual.
aa_syn: whether an S individual's nearest other S individual is nearer than its nearest T individual.
aa_ts: their mean. A tie is not nearer. Angles, cosines and the paper's distance have the same order.
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


def compare(real: Rows, synthetic: Rows, nearest: int, budget: Budget) -> dict[str, np.ndarray]:
    """nn_share and aa_truth of each real individual, aa_syn of each synthetic one: float64 (N,), 0 to
    1."""
    near_real, near_synthetic = within(real, nearest, budget), within(synthetic, 1, budget)
    there, back = between(real, synthetic, nearest, budget)
    truth = own_share(real, synthetic, near_real, there, 1)
    syn = own_share(synthetic, real, near_synthetic, back, 1)
    return {
        "nn_share": own_share(real, synthetic, near_real, there, nearest),
        # Less than the whole first place: somebody of the other set is as near.
        "aa_truth": (truth == 1).astype(float),
        "aa_syn": (syn == 1).astype(float),
    }


def summary(values: dict[str, np.ndarray]) -> dict[str, tuple[float, float]]:
    """Mean and its standard error of each of MEASURES, from the values of one comparison.

    The error is that of drawing the individuals, taken as independent of one another.
    """
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
    """Subsets of the sets with as many individuals of each class in every one, in the proportions of
    `mix`.

    As many as the smallest allows; `repeats` random draws, or one when every set is used whole.
    """
    counts = matched_counts(mix, *(class_counts(rows, len(mix)) for rows in sets))
    if all(len(rows) == counts.sum() for rows in sets):
        yield sets
        return
    for _ in range(repeats):
        yield [rows.take(draw(rows.labels, counts, rng)) for rows in sets]


def _row(measure: str, against: str, individuals: int, runs: list[tuple[float, float]]) -> dict:
    """One row of the long table: the mean over runs, the standard error of one run (root mean square),
    and the runs' own deviation, which knows nothing of the individuals that they share."""
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
        closeness = Closeness(
            sets.train, sets.test, sets.classes, self.settings.nearest, self.settings.repeats,
            self.budget, self.seed,
        )  # fmt: skip
        return closeness.null(sets.dataset) if sets.null else closeness.of_generator(sets.dataset)


class Closeness:
    """Comparisons with the real training and test individuals; `mix`es are theirs. Rows of the long
    table have measure, against, n, repeats, value, se and repeat_sd."""

    def __init__(
        self, train: Rows, test: Rows, classes: int, nearest: int, repeats: int, budget: Budget,
        seed: int,
    ):  # fmt: skip
        self.train, self.test, self.classes = train, test, classes
        self.nearest, self.repeats, self.budget, self.seed = nearest, repeats, budget, seed
        self.reduced: set[int] = set()  # smaller k that the log has told of

    def _summaries(self, real: Rows, synthetic: Rows) -> dict[str, tuple[float, float]]:
        nearest = min(self.nearest, 2 * len(real) - 1)
        if nearest < self.nearest and nearest not in self.reduced:
            self.reduced.add(nearest)
            logger.warning(
                "only %d individuals can be compared: nearest neighbour test with k = %d instead of %d",
                len(real), nearest, self.nearest,
            )  # fmt: skip
        return summary(compare(real, synthetic, nearest, self.budget))

    def against(self, name: str, real: Rows, synthetic: Rows) -> list[dict]:
        """Rows of every measure for as many individuals of both sets as have the real set's label
        mix."""
        rng, runs = np.random.default_rng(self.seed), []
        mix = class_counts(real, self.classes)
        for pair in matched([real, synthetic], mix, self.repeats, rng):
            runs.append(self._summaries(*pair))
            individuals = len(pair[0])
        logger.info("against %s: %d individuals, %d draws", name, individuals, len(runs))
        return [_row(m, name, individuals, [run[m] for run in runs]) for m in MEASURES]

    def test_and_loss(self, synthetic: Rows) -> list[dict]:
        """Rows against the test individuals, against as many training individuals of the same label mix
        ("train_as_test"), and the privacy loss: aa_ts of the first less that of the second."""
        rng, runs = np.random.default_rng(self.seed), {"test": [], "train_as_test": []}
        mix, sets = class_counts(self.test, self.classes), [self.test, self.train, synthetic]
        for test, train, own in matched(sets, mix, self.repeats, rng):
            runs["test"].append(self._summaries(test, own))
            runs["train_as_test"].append(self._summaries(train, own))
            individuals = len(own)
        logger.info("against test: %d individuals, %d draws", individuals, len(runs["test"]))
        rows = [
            _row(m, name, individuals, [r[m] for r in own])
            for name, own in runs.items()
            for m in MEASURES
        ]
        loss = [
            (a["aa_ts"][0] - b["aa_ts"][0], float(np.hypot(a["aa_ts"][1], b["aa_ts"][1])))
            for a, b in zip(*runs.values(), strict=True)
        ]
        return [*rows, _row("privacy_loss", "both", individuals, loss)]

    def of_generator(self, synthetic: Rows) -> list[dict]:
        """All rows of a synthetic dataset."""
        return [*self.against("train", self.train, synthetic), *self.test_and_loss(synthetic)]

    def null(self, unseen: Rows) -> list[dict]:
        """The same rows of real individuals: the training against the test individuals. The privacy loss
        takes
        `unseen` individuals, of neither set, for the synthetic ones."""
        loss = [r for r in self.test_and_loss(unseen) if r["against"] in ("both", "train_as_test")]
        return [
            *self.against("train", self.train, self.test),
            *self.against("test", self.test, self.train),
            *loss,
        ]
