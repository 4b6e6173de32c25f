"""Attacks that learn what members look like, from members and others that they then do not judge."""

import warnings
from collections.abc import Callable

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

# Factor of the standard error of an AUC: see `cross_fitted`.
WIDER = np.sqrt(2)


def halve(labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Whether each individual is in the second half, bool (n,): one half of the individuals of each
    class."""
    half = np.empty(len(labels), bool)
    half[np.lexsort((rng.random(len(labels)), labels))] = np.arange(len(labels)) % 2
    return half


def cross_fitted(
    members: np.ndarray, others: np.ndarray, labels: tuple[np.ndarray, np.ndarray],
    rng: np.random.Generator,
) -> list[tuple[np.ndarray, np.ndarray]]:  # fmt: skip
    """Scores float64 (n,) of members and (m,) of others from their features (n, k) and (m, k): first of
    one half of them, NaN for the other, by a logistic regression on the other half; then of the other
    half. `labels`: class numbers of both, which are divided class by class.

    The scores of a half are those of a rule that was made without it, so that without a leak its AUC is
    0.5 and has the usual error. The AUCs of both halves are not independent: what distinguishes one half
    by chance raises or lowers both. Their mean therefore has the error of one of them, and not of all
    individuals, that is WIDER times as much.
    """
    sides = halve(labels[0], rng), halve(labels[1], rng)
    found = []
    for side in (False, True):
        chosen = [half == side for half in sides]
        scores = tuple(np.full(len(half), np.nan) for half in sides)
        rule = _rule(members[~chosen[0]], others[~chosen[1]])
        for own, values, scored in zip(chosen, (members, others), scores, strict=True):
            if own.any():
                scored[own] = rule(values[own])
        found.append(scores)
    return found


def _rule(members: np.ndarray, others: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """Scores (n,) of features (n, k), by logistic regression on standardised features; 0 for everybody
    if there are no members or no others to learn from."""
    if not len(members) or not len(others):
        return lambda x: np.zeros(len(x))
    model = make_pipeline(StandardScaler(), LogisticRegression(class_weight="balanced", max_iter=1000))
    x = np.concatenate([members, others])
    with warnings.catch_warnings():
        # What is reached then is a rule as good as any.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit(x, np.arange(len(x)) < len(members)).decision_function
