"""Paired comparison of two classifications of the same test individuals."""

import numpy as np
from scipy.stats import t


def to_text(correct: np.ndarray) -> str:
    """One character, 0 or 1, for each of the individuals in `correct` bool (N,)."""
    return "".join("01"[value] for value in correct.astype(int))


def from_text(text: str) -> np.ndarray:
    """The reverse of `to_text`, as float64 (N,)."""
    return np.array(list(text), dtype=float)


def paired_difference(
    first: np.ndarray, second: np.ndarray, confidence: float = 0.95
) -> dict[str, float | int]:
    """Difference of two accuracies on the same individuals: seeds, n_test, difference, se, low, high, p.

    `first`, `second` float (S seeds, N individuals): 1 where the classification is correct, or the mean
    of this over several classifiers. The variance of the difference is that over individuals (of their
    means over seeds, by N) plus that over seeds (of their means over individuals, by S); one seed has
    the first part only. What individual and seed have together is in both parts, so the test is
    conservative. The limits and the two-sided p are those of t with Welch and Satterthwaite's degrees
    of freedom; with one seed this is the paired t-test, and for one classifier nearly McNemar's.

    Raises ValueError unless both have the same shape, with two individuals or more.
    """
    if first.shape != second.shape or first.ndim != 2 or first.shape[1] < 2:
        raise ValueError(f"{first.shape} and {second.shape} are not seeds by the same individuals")
    differences = first - second
    seeds, individuals = differences.shape
    mean = float(differences.mean())
    variance = differences.mean(0).var(ddof=1) / individuals
    terms = variance**2 / (individuals - 1)
    if seeds > 1:
        over_seeds = differences.mean(1).var(ddof=1) / seeds
        variance, terms = variance + over_seeds, terms + over_seeds**2 / (seeds - 1)
    found = {"seeds": seeds, "n_test": individuals, "difference": mean}
    # Individuals that all differ alike, nearly always not at all.
    if variance < 1e-30:
        return found | {"se": 0.0, "low": mean, "high": mean, "p": float(abs(mean) < 1e-12)}
    se, degrees = float(np.sqrt(variance)), variance**2 / terms
    half = float(t.isf((1 - confidence) / 2, degrees)) * se
    p = float(2 * t.sf(abs(mean) / se, degrees))
    return found | {"se": se, "low": mean - half, "high": mean + half, "p": p}
