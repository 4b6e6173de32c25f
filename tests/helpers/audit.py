"""Audit of a private computation by one run of it (Steinke, Nasr and Jagielski 2023)."""

import numpy as np
from scipy.optimize import brentq
from scipy.stats import binom


def audited_epsilon(
    scores: np.ndarray, present: np.ndarray, guesses: int, delta: float, doubt: float = 1e-3
) -> float:
    """Lower limit of epsilon: the computation is (epsilon, delta)-private for a smaller epsilon with a
    probability of at most `doubt`; 0 if there is none.

    scores: float (m,) of canaries, each of which was in the computation with a probability of a half,
    independently of the others; present: bool (m,), which ones were. Half of the `guesses`, a number
    chosen beforehand, call the highest scores present, half the lowest ones absent.
    """
    order = np.argsort(scores, kind="stable")
    half = guesses // 2
    right = int(present[order[-half:]].sum() + (~present[order[:half]]).sum())

    def excess(epsilon: float) -> float:
        return p_value(len(scores), 2 * half, right, epsilon, delta) - doubt

    return 0.0 if excess(0) >= 0 else float(brentq(excess, 0, 50))


def p_value(canaries: int, guesses: int, right: int, epsilon: float, delta: float) -> float:
    """Bound of the probability of at least so many right guesses if the computation is (epsilon,
    delta)-private: their theorem on approximate differential privacy."""
    rate = 1 / (1 + np.exp(-epsilon))
    beta = binom.sf(right - 1, guesses, rate)
    numbers = np.arange(1, right + 1)
    alpha = (np.cumsum(binom.pmf(right - numbers, guesses, rate)) / numbers).max() if right else 0.0
    return float(min(1, beta + alpha * delta * 2 * canaries))
