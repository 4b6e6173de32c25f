"""The limits that `check` states, against simulated classifiers and attacks."""

import numpy as np
import pytest
from scipy.stats import norm

from genodiff.cohort.power import smallest_accuracy_difference, smallest_auc
from genodiff.evaluation.membership import auc_interval


@pytest.fixture
def rng():
    return np.random.default_rng(1)


def test_accuracy__four_of_five_differences_of_this_size_are_seen(rng):
    n, runs = 300, 4000
    half = smallest_accuracy_difference(n) / 2
    low, high = (rng.binomial(n, 0.5 + sign * half, runs) / n for sign in (-1, 1))
    error = np.sqrt((low * (1 - low) + high * (1 - high)) / n)
    assert (np.abs(high - low) > 1.96 * error).mean() == pytest.approx(0.8, abs=0.04)


@pytest.mark.slow
@pytest.mark.parametrize(("members", "test"), [(300, 100), (80, 80)])
def test_auc__four_of_five_attacks_of_this_strength_are_seen(members, test, rng):
    """Normal scores; DeLong's interval of each attack. Away from 0.5 the AUC varies less than under the
    null, so that small sets show slightly more."""
    shift = np.sqrt(2) * norm.ppf(smallest_auc(members, test))
    scores = [(rng.normal(shift, 1, members), rng.normal(0, 1, test)) for _ in range(200)]
    seen = np.mean([auc_interval(*pair)[1] > 0.5 for pair in scores])
    assert 0.74 < seen < 0.92
