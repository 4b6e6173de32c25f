"""The audit itself: of answers whose privacy is known."""

import math

import numpy as np
import pytest
from tests.helpers.audit import audited_epsilon, p_value


def test_p_value__without_delta_is_a_binomial_tail():
    """1,000 answers each right with the probability e^1 / (1 + e^1)."""
    rng = np.random.default_rng(0)
    right = rng.binomial(1000, math.e / (1 + math.e), 20_000)
    for count in (720, 731, 750):
        assert p_value(5000, 1000, count, 1.0, 0) == pytest.approx((right >= count).mean(), abs=0.01)


def test_audited_epsilon__of_randomised_responses_is_near_and_below_it():
    """Canaries say whether they were present, and lie with the probability 1 / (1 + e^2)."""
    found = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        present = rng.random(4000) < 0.5
        lies = rng.random(4000) < 1 / (1 + math.exp(2))
        found.append(audited_epsilon((present ^ lies) + 0.1 * rng.random(4000), present, 3000, 0))
    assert max(found) <= 2
    assert min(found) > 1.5
    # A delta that is not small explains part of it.
    assert audited_epsilon((present ^ lies) + 0.0, present, 3000, 1e-3) < found[-1]


def test_audited_epsilon__of_scores_that_say_nothing_is_zero():
    rng = np.random.default_rng(1)
    assert audited_epsilon(rng.random(1000), rng.random(1000) < 0.5, 500, 0) == 0
