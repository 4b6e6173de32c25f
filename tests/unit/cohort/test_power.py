"""The limits that `check` states, against simulated classifiers and attacks."""

import numpy as np
import pytest
from scipy.stats import norm

from genodiff.cohort.power import individuals_needed, smallest_accuracy_difference, smallest_auc
from genodiff.evaluation.roc import auc_interval, rate_by_chance


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


@pytest.mark.slow
def test_auc__of_several_attacks_at_once(rng):
    members, test, attacks = 200, 100, 7
    shift = np.sqrt(2) * norm.ppf(smallest_auc(members, test, attacks))
    scores = [(rng.normal(shift, 1, members), rng.normal(0, 1, test)) for _ in range(200)]
    seen = np.mean([auc_interval(*pair, 1 - 0.05 / attacks)[1] > 0.5 for pair in scores])
    assert 0.72 < seen < 0.92


@pytest.mark.parametrize(("members", "share"), [(300, 0.1), (2000, 0.1), (40, 0.5)])
def test_individuals_needed__are_the_fewest(members, share):
    number = individuals_needed(members, share, 0.01)
    assert rate_by_chance(members, number, share, 0) < 0.01
    assert rate_by_chance(members, number * 9 // 10 - 1, share, 0) >= 0.01


@pytest.mark.parametrize("members", [1, 4])
def test_individuals_needed__too_few_members_never_suffice(members):
    assert individuals_needed(members, 0.1, 0.01, most=5000) is None
