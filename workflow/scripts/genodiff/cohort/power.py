"""What a test set of a given size can tell, before anything is trained."""

import numpy as np
from scipy.special import ndtri


def _quantiles(tests: int = 1) -> float:
    """Sum of the normal quantiles of a two-sided test at the 5% level, shared by several tests, and of a
    power of 80%."""
    return float(ndtri(1 - 0.025 / tests) + ndtri(0.8))


def smallest_accuracy_difference(test: int) -> float:
    """Smallest difference of two accuracies that `test` individuals show with 80% power.

    Independent proportions near 1/2, the largest standard error: sqrt(2 x 1/4 / test). Both classifiers
    are tested on the same individuals, so the real limit is lower.
    """
    return float(_quantiles() * np.sqrt(0.5 / test))


def smallest_auc(members: int, test: int, attacks: int = 1) -> float:
    """Smallest AUC of an attack on `members` training and `test` individuals whose 95% interval is above
    0.5 with 80% power; standard error of the Mann-Whitney statistic under the null. With several
    `attacks`, whose intervals hold together."""
    return float(0.5 + _quantiles(attacks) * np.sqrt((members + test + 1) / (12 * members * test)))


def individuals_needed(members: int, share: float, level: float, most: int = 10**6) -> int | None:
    """Smallest number of test individuals with which an attack that recognises this share of the
    members, and ranks them above all others, is told from chance at `level`; None if `most` are not
    enough.

    The probability that this many of the members come before the first test individual in a random
    order.
    """
    from scipy.stats import hypergeom  # as long to import as a small job takes

    found, needed = round(share * members), 1
    while hypergeom.cdf(0, members + needed, needed, found) >= level:
        needed = needed + 1 + needed // 50
        if found < 1 or needed > most:
            return None
    return needed
