"""What a test set of a given size can tell, before anything is trained."""

import numpy as np
from scipy.stats import norm

# Sum of the normal quantiles of a two-sided test at the 5% level and of a power of 80%.
_QUANTILES = norm.ppf(0.975) + norm.ppf(0.8)


def smallest_accuracy_difference(test: int) -> float:
    """Smallest difference of two accuracies that `test` individuals show with 80% power.

    Independent proportions near 1/2, the largest standard error: sqrt(2 x 1/4 / test). Both classifiers
    are tested on the same individuals, so the real limit is lower.
    """
    return float(_QUANTILES * np.sqrt(0.5 / test))


def smallest_auc(members: int, test: int) -> float:
    """Smallest AUC of an attack on `members` training and `test` individuals whose 95% interval is above
    0.5 with 80% power; standard error of the Mann-Whitney statistic under the null."""
    return float(0.5 + _QUANTILES * np.sqrt((members + test + 1) / (12 * members * test)))
