"""Comparison of two classifications: of the same test individuals, and over random splits."""

from collections.abc import Sequence

import numpy as np
from scipy.special import stdtr, stdtrit


def to_text(correct: np.ndarray) -> str:
    """One character, 0 or 1, for each of the individuals in `correct` bool (N,)."""
    return "".join("01"[value] for value in correct.astype(int))


def from_text(text: str) -> np.ndarray:
    """The reverse of `to_text`, as float64 (N,)."""
    return np.array(list(text), dtype=float)


def welch(
    difference: float, parts: Sequence[tuple[float, float]], confidence: float = 0.95
) -> dict[str, float]:
    """se, low, high and two-sided p of a difference whose variance is the sum of independent estimates:
    pairs of a variance and its degrees of freedom. By t with the degrees of freedom of Welch (1947) and
    Satterthwaite (1946). Without any variance limits and p are NaN, but p is 1 for no difference."""
    variance = sum(part for part, _ in parts)
    if variance < 1e-30:
        same = abs(difference) < 1e-12
        ends = difference if same else float("nan")
        return {"se": 0.0, "low": ends, "high": ends, "p": 1.0 if same else float("nan")}
    degrees = variance**2 / sum(part**2 / count for part, count in parts)
    se = float(np.sqrt(variance))
    half = float(stdtrit(degrees, (1 + confidence) / 2)) * se
    p = float(2 * stdtr(degrees, -abs(difference) / se))
    return {"se": se, "low": difference - half, "high": difference + half, "p": p}


def paired_difference(
    first: np.ndarray, second: np.ndarray, confidence: float = 0.95
) -> dict[str, float | int]:
    """Difference of two accuracies on the same individuals: seeds, n_test, difference, se, low, high, p.

    `first`, `second` float (S seeds, N individuals): 1 where the classification is correct, or the mean
    of this over several classifiers. The variance of the difference is that over individuals (of their
    means over seeds, by N) plus that over seeds (of their means over individuals, by S); one seed has
    the first part only. Limits and p are those of `welch`: with one seed the paired t-test, for one
    classifier nearly McNemar's.

    What individual and seed have together is in both parts, but the second has few degrees of freedom.
    In simulations of 380 individuals with accuracies that vary between seeds by standard deviations of 0
    to 0.08, the test found a difference of nothing, at the 5% level, in 1 to 12% with two seeds, 1 to 8%
    with three and 1 to 5% with five.

    Raises ValueError unless both have the same shape, with two individuals or more.
    """
    if first.shape != second.shape or first.ndim != 2 or first.shape[1] < 2:
        raise ValueError(f"{first.shape} and {second.shape} are not seeds by the same individuals")
    differences = first - second
    seeds, individuals = differences.shape
    parts = [(differences.mean(0).var(ddof=1) / individuals, individuals - 1)]
    if seeds > 1:
        parts.append((differences.mean(1).var(ddof=1) / seeds, seeds - 1))
    mean = float(differences.mean())
    found = {"seeds": seeds, "n_test": individuals, "difference": mean}
    return found | welch(mean, parts, confidence)


def resampled_difference(
    differences: np.ndarray, test_share: float, confidence: float = 0.95
) -> dict[str, float | int]:
    """Mean difference over random splits of the same individuals: splits, difference, sd, se, low, high,
    p, by the corrected resampled t-test of Nadeau and Bengio (2003, Inference for the generalization
    error, Machine Learning 52:239-281).

    `differences` float (J,): of two accuracies in each split; `test_share`: test individuals divided by
    training individuals, n_test / n_train. Training sets of two splits share most individuals, so their
    differences are correlated and S^2 / J, with S^2 the variance over splits (by J - 1), is too small a
    variance of the mean. The test takes (1 / J + n_test / n_train) S^2; limits and the two-sided p are
    those of t with J - 1 degrees of freedom. Low, high and p are NaN where all differences are equal, as
    accuracies of few test individuals can be by chance.

    Raises ValueError for fewer than two splits, or a share that is not above 0.
    """
    splits = len(differences)
    if differences.ndim != 1 or splits < 2:
        raise ValueError(f"{differences.shape} are not differences of several splits")
    if not test_share > 0:
        raise ValueError(f"n_test / n_train is {test_share}")
    mean, sd = float(differences.mean()), float(differences.std(ddof=1))
    se = sd * float(np.sqrt(1 / splits + test_share))
    found = {"splits": splits, "difference": mean, "sd": sd, "se": se}
    if sd < 1e-12:
        return found | dict.fromkeys(("low", "high", "p"), float("nan"))
    half = float(stdtrit(splits - 1, (1 + confidence) / 2)) * se
    p = float(2 * stdtr(splits - 1, -abs(mean) / se))
    return found | {"low": mean - half, "high": mean + half, "p": p}
