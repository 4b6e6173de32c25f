"""Area under the ROC curve with its standard error."""

import numpy as np
from scipy.stats import norm, rankdata


def auc_error(members: np.ndarray, others: np.ndarray) -> tuple[float, float]:
    """AUC of scores (n,) of members against (m,) of others, and its standard error after DeLong et
    al. 1988. A tie counts one half. Raises ValueError for fewer than two members or others."""
    n, m = len(members), len(others)
    if min(n, m) < 2:
        raise ValueError("an AUC needs two members and two others")
    ranks = rankdata(np.concatenate([members, others]))
    # Share of the others below each member, and share of the members above each of the others.
    above_others = (ranks[:n] - rankdata(members)) / m
    below_members = 1 - (ranks[n:] - rankdata(others)) / n
    error = np.sqrt(above_others.var(ddof=1) / n + below_members.var(ddof=1) / m)
    return float(above_others.mean()), float(error)


def auc_interval(
    members: np.ndarray, others: np.ndarray, confidence: float = 0.95
) -> tuple[float, float, float]:
    """AUC as `auc_error`, and its confidence limits, clipped to [0, 1]."""
    auc, error = auc_error(members, others)
    half = norm.ppf((1 + confidence) / 2) * error
    return auc, float(max(0, auc - half)), float(min(1, auc + half))
