"""How well scores tell members from others: areas, rates and what chance alone would give."""

from typing import NamedTuple

import numpy as np
from scipy.special import betaincinv, ndtri


def placements(members: np.ndarray, others: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Share of the others below each member, float64 (n,), and share of the members above each of the
    others, (m,), from scores of both; a tie counts one half. The mean of either is the AUC. All are NaN
    if any score is."""
    if np.isnan(members).any() or np.isnan(others).any():
        return np.full(len(members), np.nan), np.full(len(others), np.nan)
    return _share_below(members, others), 1 - _share_below(others, members)


def _share_below(values: np.ndarray, among: np.ndarray) -> np.ndarray:
    """Share of `among` (m,) that is below each of the values, float64 (n,); a tie counts one half."""
    ordered = np.sort(among)
    sides = (np.searchsorted(ordered, values, side) for side in ("left", "right"))
    return sum(sides) / (2 * len(among))


def auc_of_classes(scores: np.ndarray, numbers: np.ndarray) -> float:
    """AUC of scores (N, C) for the class numbers (N,): of the second of two classes, or the mean over
    classes that have individuals of one against the rest."""
    classes = [1] if scores.shape[1] == 2 else np.unique(numbers)
    columns = ((scores[:, c], numbers == c) for c in classes)
    return float(np.mean([placements(own[c], own[~c])[0].mean() for own, c in columns]))


class Area(NamedTuple):
    """An AUC and its standard error."""

    auc: float
    error: float

    def limits(self, confidence: float = 0.95) -> tuple[float, float]:
        """Limits of a two-sided interval, clipped to [0, 1]."""
        half = ndtri((1 + confidence) / 2) * self.error
        return float(np.maximum(0, self.auc - half)), float(np.minimum(1, self.auc + half))


def area(of_members: np.ndarray, of_others: np.ndarray) -> Area:
    """The AUC of one or several draws, after DeLong et al. 1988, from `placements`: float64 (draws,
    individuals) of all individuals, NaN where one has no part in a draw. NaN for fewer than two members
    or others.

    The individuals are what varies: each counts once, with the mean of its placements, however many
    draws it has a part in, so that draws which share individuals are not taken as independent.
    """
    auc, variance = [], 0.0
    for values in (of_members, of_others):
        taken = ~np.isnan(values)
        parts = taken.sum(0)
        used = parts > 0
        count = used.sum()
        if count < 2:
            return Area(float("nan"), float("nan"))
        means = np.nansum(values[:, used], axis=0) / parts[used]
        weights = parts[used] / parts.sum()
        auc.append(weights @ means)
        variance += (weights**2 * (means - auc[-1]) ** 2).sum() * count / (count - 1)
    # Without the rounding errors of the weights, 1 is 1.
    return Area(round(float(auc[0]), 12), float(np.sqrt(variance)))


def exchangeable_error(scores: np.ndarray, members: int, others: int) -> float:
    """Standard error of the AUC of so many members and others if they are exchangeable, with the ties of
    `scores` (N,) (Mann-Whitney). 0 unless most scores are the same: then DeLong's may be nearly 0 by
    chance, and this one is the larger one."""
    tied = np.unique(scores, return_counts=True)[1].astype(float)
    if tied.max() <= len(scores) / 2:
        return 0.0
    untied = 1 - (tied**3 - tied).sum() / (float(len(scores)) ** 3 - len(scores))
    return float(np.sqrt(untied * (members + others + 1) / (12 * members * others)))


def auc_interval(
    members: np.ndarray, others: np.ndarray, confidence: float = 0.95
) -> tuple[float, float, float]:
    """AUC of scores (n,) of members against (m,) of others, and its limits; see `area`."""
    if min(len(members), len(others)) < 2:
        raise ValueError("an AUC needs two members and two others")
    own, theirs = placements(members, others)
    found = area(own[None], theirs[None])
    return found.auc, *found.limits(confidence)


def limit_of_null(low: float, high: float) -> float:
    """What the lower limit of an attack's AUC has to be above for a leak, from the limits of its null's
    AUC: 0.5, or the upper one where the null is above chance too."""
    return high if low > 0.5 else 0.5


def true_positive_rate(members: np.ndarray, others: np.ndarray, false_positives: float) -> float:
    """Largest true-positive rate of a threshold with at most this false-positive rate."""
    allowed = _allowed(len(others), false_positives)
    if allowed >= len(others):
        return 1.0
    return float((members > np.sort(others)[-allowed - 1]).mean())


def _allowed(others: int, false_positives: float) -> int:
    """False positives that this rate allows."""
    return int(np.floor(others * false_positives + 1e-9))


def rate_by_chance(members: int, others: int, rate: float, false_positives: float) -> float:
    """Probability of at least this true-positive rate at this false-positive rate if members and others
    are exchangeable (exact).

    The threshold is just above the score of rank j + 1 among the m others, j = floor(m times the
    false-positive rate). At least k members are above it if at most j of the first k + j individuals in
    a random order are others.
    """
    allowed = _allowed(others, false_positives)
    if allowed >= others:
        return 1.0
    from scipy.stats import hypergeom  # as long to import as a small job takes

    found = round(rate * members)
    return float(hypergeom.cdf(allowed, members + others, others, found + allowed))


def exact_interval(share: float, count: int, confidence: float = 0.95) -> tuple[float, float]:
    """Clopper and Pearson's interval of a share of `count` individuals."""
    found, tail = round(share * count), (1 - confidence) / 2
    low = betaincinv(found, count - found + 1, tail) if found else 0.0
    high = betaincinv(found + 1, count - found, 1 - tail) if found < count else 1.0
    return float(low), float(high)
