"""Polygenic score: fitted on candidates, and on as many training individuals, tested on real test
individuals."""

from typing import Any

import numpy as np
from scipy.linalg import cho_factor, cho_solve, eigh

from genodiff.cohort.label_mix import draw, matched_counts, whole_individuals
from genodiff.evaluation.fidelity.base import Block, FidelityMetric
from genodiff.evaluation.fidelity.people import CANDIDATE, SHARE, TEST, TRAIN
from genodiff.evaluation.fidelity.structure import scaled
from genodiff.evaluation.roc import area, placements

# Shares of the variance of the label that the score may explain; one is chosen by leaving individuals of
# the fit out one by one.
HERITABILITIES = (0.01, 0.03, 0.1, 0.2, 0.4, 0.6, 0.8)
# Variation below this share of the mean square is rounding errors of float32 products.
_ROUNDING = 1e-5


def penalty(gram: np.ndarray, y: np.ndarray) -> float:
    """The ridge penalty with the smallest leave-one-out error, for a centred product of individuals
    (n, n) with mean diagonal 1 and centred labels y (n, C)."""
    values, vectors = eigh(gram)
    rotated, best = vectors.T @ y, (np.inf, 1.0)
    for share in HERITABILITIES:
        ridge = (1 - share) / share
        weight = np.maximum(values, 0) / (np.maximum(values, 0) + ridge)
        leverage = np.square(vectors) @ weight + 1 / len(y)
        residual = (y - vectors @ (weight[:, None] * rotated)) / (1 - leverage)[:, None]
        best = min(best, (float(np.square(residual).mean()), ridge))
    return best[1]


def centred(gram: np.ndarray) -> np.ndarray:
    """The product of individuals (n, n) after the mean of each SNP is removed, over its mean diagonal;
    zeros if individuals do not differ beyond rounding errors."""
    least = max(_ROUNDING * np.trace(gram), 1e-12)
    gram = gram - gram.mean(0) - gram.mean(1)[:, None] + gram.mean()
    return gram * len(gram) / np.trace(gram) if np.trace(gram) > least else np.zeros_like(gram)


class _Fit:
    """Products of individuals of a group with each other and with the test individuals."""

    def __init__(self, group: str, pool: np.ndarray, test: int):
        """`pool`: rows of the group, int (n,); `test`: number of test individuals."""
        self.group, self.pool = group, pool
        self.own, self.test = np.zeros((len(pool), len(pool))), np.zeros((test, len(pool)))

    def add(self, x: np.ndarray, test: np.ndarray) -> None:
        """Add SNPs of the pool (n, V) and of the test individuals, float32."""
        self.own += x @ x.T
        self.test += test @ x.T

    def scores(self, drawn: list[np.ndarray], labels: np.ndarray, classes: int) -> list[np.ndarray]:
        """Scores (test individuals, C) of fits to subsets of the pool, by their places in it;
        `labels` (n,) of the pool."""
        found, ridge = [], None
        for places in drawn:
            y = np.eye(classes)[labels[places]]
            y -= y.mean(0)
            own = self.own[np.ix_(places, places)]
            gram = centred(own)
            ridge = penalty(gram, y) if ridge is None else ridge
            weights = cho_solve(cho_factor(gram + ridge * np.eye(len(gram))), y)
            # The weights of a class have the sum 0, so that means of SNPs need not be removed here.
            found.append(self.test[:, places] @ weights)
        return found


class PolygenicScore(FidelityMetric):
    """AUC of ridge regression of the label on all SNPs, in its dual form; with more than two classes the
    mean over classes of one against the rest."""

    def __init__(self, **arguments: Any):
        super().__init__(**arguments)
        people, classes = self.people, len(self.people.classes)
        # The null is a score that is fitted to training individuals.
        groups = [TRAIN] if people.null else [TRAIN, CANDIDATE]
        labels = {name: people.groups[name].labels for name in (TRAIN, TEST, CANDIDATE)}
        counts = [np.bincount(labels[name], minlength=classes) for name in groups]
        equal = matched_counts(counts[0], *counts)
        pool = whole_individuals(equal, min(int(equal.sum()), self.settings.individuals))
        self._labels, rng = labels, np.random.default_rng(self.seed)
        self._test = np.sort(rng.permutation(len(labels[TEST]))[: self.settings.individuals])
        self._fits = {
            name: _Fit(name, draw(labels[name], pool, rng), len(self._test)) for name in groups
        }
        self._each = whole_individuals(pool, max(1, int(SHARE * pool.sum())))
        self._each = np.minimum(self._each, pool)
        self._share = self._each.sum() / pool.sum()

    def add(self, block: Block) -> None:
        """Add the products of individuals at these SNPs."""
        mean = 2 * block.sites.frequency
        scale = np.sqrt(np.maximum(mean * (2 - mean) / 2, 0))
        test = scaled(block.dosage[TEST][:, self._test].T, mean, scale)
        for fit in self._fits.values():
            fit.add(scaled(block.dosage[fit.group][:, fit.pool].T, mean, scale), test)

    def numbers(self) -> list[dict[str, Any]]:
        """auc, fitted to the candidates, and auc_training, fitted to as many training individuals."""
        rows = {}
        for name, fit in self._fits.items():
            labels, rng = self._labels[name][fit.pool], np.random.default_rng([self.seed, 1])
            drawn = [draw(labels, self._each, rng) for _ in range(self.settings.repeats)]
            scores = fit.scores(drawn, labels, len(self.people.classes))
            rows[name] = self._row("auc", np.array([self._auc(own) for own in scores]))
        own = rows.get(CANDIDATE, rows[TRAIN])
        return [own, rows[TRAIN] | {"number": "auc_training"}]

    def _auc(self, scores: np.ndarray) -> tuple[float, float]:
        """AUC and its standard error for scores (test individuals, C)."""
        labels = self._labels[TEST][self._test]
        chosen = [1] if scores.shape[1] == 2 else range(scores.shape[1])
        sides = [placements(scores[labels == c, c], scores[labels != c, c]) for c in chosen]
        found = [area(own[None], others[None]) for own, others in sides]
        # Classes share the test individuals, so the error of the mean is not smaller.
        return tuple(np.mean(found, 0))

    def _row(self, name: str, found: np.ndarray) -> dict[str, Any]:
        """The row of AUCs and standard errors (D, 2): both the draws and the test individuals vary."""
        row = self.number(name, found[:, 0], share=self._share) | {"n": int(self._each.sum())}
        if row["value"] is not None:
            row["se"] = float(np.hypot(row["se"] or 0, found[:, 1].mean()))
        return row
