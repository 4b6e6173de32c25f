"""Attribute inference (Yeom et al. 2018): what synthetic individuals tell about the label of somebody
whose genotypes are known.

That a label can be guessed at all is what synthetic individuals are for, and no leak; that it is guessed
better for members than for others is one.
"""

import numpy as np
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from genodiff.evaluation.attacks.base import Attack, Known
from genodiff.evaluation.attacks.density_ratio import principal_axes, projected
from genodiff.evaluation.neighbours.rows import Rows
from genodiff.evaluation.neighbours.search import Budget


class Attribute(Attack):
    """By how much the individual's own class is ahead of the best other one, in logarithms of
    probabilities; above 0 the guess is right.

    Linear discriminant analysis of the synthetic individuals with the covariance of Ledoit and Wolf;
    with more features than individuals, in half as many of their principal components as individuals.
    """

    uses_references = False
    guesses = True

    def __init__(self, known: Known, budget: Budget, seed: int):
        super().__init__(known, budget, seed)
        synthetic, self.axes = known.synthetic, None
        if synthetic.features >= len(synthetic):
            self.axes = principal_axes([synthetic], len(synthetic) // 2, budget.memory_mb, seed)
        # Which column of the classifier belongs to a class; -1: the class is never guessed.
        present = np.unique(synthetic.labels)
        self.column = np.full(known.classes, -1)
        self.column[present] = np.arange(len(present))
        self.classifier = None
        if len(present) > 1:
            x = projected(synthetic, self.axes, budget.memory_mb)
            self.classifier = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto")
            self.classifier.fit(x, synthetic.labels)

    def scores(self, individuals: Rows) -> np.ndarray:
        if self.classifier is None:  # with one class there is nothing to guess
            return np.zeros(len(individuals))
        ahead = self.classifier.decision_function(
            projected(individuals, self.axes, self.budget.memory_mb)
        )
        if ahead.ndim == 1:
            ahead = np.stack([-ahead / 2, ahead / 2], axis=1)
        own, mine = self.column[individuals.labels], np.full(len(individuals), -np.inf)
        rows = np.flatnonzero(own >= 0)
        mine[rows] = ahead[rows, own[rows]]
        ahead[rows, own[rows]] = -np.inf
        return np.maximum(mine - ahead.max(1), np.finfo(float).min)
