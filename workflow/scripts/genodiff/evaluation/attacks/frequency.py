"""Likelihood ratio on the means of classes (Homer et al. 2008; Sankararaman et al. 2009).

Any cohort publishes its means, and those of n individuals contain each of them with a weight of 1 / n.
With synthetic mean s and reference mean r of the individual's class, and features of variance 1, the
logarithm of the ratio of the likelihoods of x is (x - (s + r) / 2) . (s - r).
"""

import numpy as np
from scipy.special import ndtr

from genodiff.evaluation.attacks.base import Attack, Known, blocks
from genodiff.evaluation.neighbours.rows import Rows
from genodiff.evaluation.neighbours.search import Budget


def class_means(individuals: Rows, classes: int, memory_mb: float) -> np.ndarray:
    """Means float64 (C, D) of the classes; a class without individuals has the mean of everybody."""
    sums, counts = np.zeros((classes, individuals.features)), np.zeros(classes)
    for part, x in blocks(individuals, memory_mb):
        labels = individuals.labels[part]
        for number in np.unique(labels):
            chosen = labels == number
            sums[number] += x[chosen].sum(0, dtype=np.float64)
            counts[number] += chosen.sum()
    means = sums / np.maximum(counts, 1)[:, None]
    means[counts == 0] = sums.sum(0) / counts.sum()
    return means


def expected_auc(
    features: int, fitted: np.ndarray | float, released: np.ndarray | float = np.inf,
    references: np.ndarray | float = np.inf,
) -> np.ndarray:  # fmt: skip
    """AUC on D independent features with the means of m `released` individuals, which a generator drew
    independently after it was fitted to n (`fitted`), and of k `references`.

    The expected score of a member is D / n larger than that of others, and the variance of a score is
    |s - r|^2 = D (1/n + 1/m + 1/k), so scores are sqrt(D / (n (1 + n/m + n/k))) standard deviations
    apart. Exact means (m and k infinite) give Phi(sqrt(D / 2n)) (Sankararaman et al. 2009).
    """
    fitted = np.asarray(fitted, float)
    noise = 1 + fitted / np.asarray(released, float) + fitted / np.asarray(references, float)
    return ndtr(np.sqrt(features / (2 * fitted * noise)))


class Frequency(Attack):
    """The ratio, divided by the length of s - r, so that classes of different size can be compared."""

    def __init__(self, known: Known, budget: Budget, seed: int):
        super().__init__(known, budget, seed)
        self.means = class_means(known.synthetic, known.classes, budget.memory_mb / 4)

    def refer(self, references: Rows) -> None:
        means = class_means(references, self.known.classes, self.budget.memory_mb / 4)
        self.direction = self.means - means
        length = np.linalg.norm(self.direction, axis=1, keepdims=True)
        self.direction /= np.where(length > 0, length, 1)
        self.middle = ((self.means + means) / 2 * self.direction).sum(1)

    def scores(self, individuals: Rows) -> np.ndarray:
        out = np.empty(len(individuals))
        for part, x in blocks(individuals, self.budget.memory_mb / 4):
            labels = individuals.labels[part]
            for number in np.unique(labels):
                chosen = np.flatnonzero(labels == number)
                out[part.start + chosen] = x[chosen] @ self.direction[number] - self.middle[number]
        return out

    def bound(self, members: np.ndarray) -> float:
        """`expected_auc` with exact means and infinitely many references, averaged over classes."""
        return float(expected_auc(len(self.known.genes), members[members > 0]).mean())
