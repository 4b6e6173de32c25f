"""Membership inference: do synthetic individuals reveal the training individuals of their generator?

The attack predicts that an individual was in the training set if its nearest synthetic individual is
near. It is applied to training individuals (members) and to test individuals (non-members) of the same
label mix.
"""

import numpy as np
from sklearn.metrics import roc_curve

from genodiff.cohort.label_mix import draw, matched_counts
from genodiff.evaluation.auc import auc_interval
from genodiff.evaluation.base import Metric, Sets, class_counts
from genodiff.evaluation.neighbours.exact import nearest_cosine
from genodiff.evaluation.neighbours.rows import Rows, join
from genodiff.evaluation.neighbours.search import Budget, between
from genodiff.generators.dataset import PLANTED

FALSE_POSITIVES = {"tpr_at_fpr_1": 0.01, "tpr_at_fpr_10": 0.1}


class Membership(Metric):
    """The attack on a dataset; for the null also on a positive control with planted copies."""

    def rows(self, sets: Sets) -> list[dict]:
        """One row, or for the null two."""
        attacked = {None: sets.dataset}
        if sets.null:
            share = self.settings.planted_share
            attacked[PLANTED] = add_copies(sets.dataset, sets.train, share, self.seed)
        return [
            ({"dataset": name} if name else {})
            | attack(sets.train, sets.test, rows, sets.classes, self.budget, self.seed)
            for name, rows in attacked.items()
        ]


def true_positive_rate(members: np.ndarray, others: np.ndarray, false_positives: float) -> float:
    """Largest true-positive rate of a threshold with at most this false-positive rate."""
    truth = np.r_[np.ones(len(members)), np.zeros(len(others))]
    fpr, tpr, _ = roc_curve(truth, np.concatenate([members, others]), drop_intermediate=False)
    return float(tpr[fpr <= false_positives + 1e-12].max())


def attack(
    train: Rows, test: Rows, synthetic: Rows, classes: int, budget: Budget, seed: int
) -> dict[str, float | int]:
    """Numbers of individuals, AUC with 95% limits, and true-positive rates at FALSE_POSITIVES.

    All test individuals and the largest random set of training individuals with the same label mix are
    compared with the whole synthetic set.
    """
    mix, rng = class_counts(test, classes), np.random.default_rng(seed)
    members = train.take(draw(train.labels, matched_counts(mix, class_counts(train, classes)), rng))
    scores = [
        nearest_cosine(individuals, synthetic, between(individuals, synthetic, 1, budget)[0])
        for individuals in (members, test)
    ]
    auc, low, high = auc_interval(*scores)
    rates = {name: true_positive_rate(*scores, share) for name, share in FALSE_POSITIVES.items()}
    return {
        "members": len(members), "non_members": len(test), "synthetic": len(synthetic),
        "auc": auc, "auc_low": low, "auc_high": high, **rates,
    }  # fmt: skip


def add_copies(synthetic: Rows, train: Rows, share: float, seed: int) -> Rows:
    """Positive control: `synthetic` together with exact copies of a share of the training
    individuals."""
    rng = np.random.default_rng(seed)
    count = max(1, round(share * len(train)))
    return join(synthetic, train.take(np.sort(rng.choice(len(train), count, replace=False))))
