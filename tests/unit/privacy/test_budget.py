"""What is spent, against closed forms and other accountants."""

import math

import pytest
from opacus.accountants import PRVAccountant
from scipy.optimize import brentq
from scipy.stats import norm

from genodiff.privacy.budget import Use, budget, calibrated, epsilon_of

DELTA = 1e-5


def exact_epsilon(noise_multiplier: float) -> float:
    """Epsilon of one Gaussian mechanism, exactly (Balle and Wang 2018, theorem 8)."""

    def delta(epsilon):
        half, ratio = 1 / (2 * noise_multiplier), epsilon * noise_multiplier
        return norm.cdf(half - ratio) - math.exp(epsilon) * norm.cdf(-half - ratio)

    return brentq(lambda epsilon: delta(epsilon) - DELTA, 1e-6, 200)


@pytest.mark.parametrize("noise_multiplier", [0.4, 1, 3, 10, 40])
def test_epsilon__is_a_tight_bound_of_the_exact_one(noise_multiplier):
    exact, bound = exact_epsilon(noise_multiplier), epsilon_of([Use("x", noise_multiplier)], DELTA)
    assert exact < bound < 1.2 * exact


def test_epsilon__of_several_sums_is_that_of_one_with_less_noise():
    """Two sums with noise s are one with noise s over the root of two."""
    two = epsilon_of([Use("x", 2.0), Use("y", 2.0)], DELTA)
    assert two == pytest.approx(epsilon_of([Use("x", math.sqrt(2))], DELTA), rel=1e-9)
    assert epsilon_of([Use("x", 2.0, 1.0, 2)], DELTA) == pytest.approx(two, rel=1e-9)
    assert epsilon_of([Use("x", 2.0), Use("y", 0.0)], DELTA) == math.inf


@pytest.mark.parametrize(("noise_multiplier", "rate", "steps"), [(1.1, 0.05, 400), (4.0, 0.3, 100)])
def test_epsilon__of_sampled_individuals_bounds_that_of_another_method(noise_multiplier, rate, steps):
    """Numerical composition of privacy loss distributions (Gopi et al. 2021)."""
    other = PRVAccountant()
    other.history = [(noise_multiplier, rate, steps)]
    exact = other.get_epsilon(DELTA)
    assert exact < epsilon_of([Use("x", noise_multiplier, rate, steps)], DELTA) < 1.2 * exact


@pytest.mark.parametrize("epsilon", [0.05, 1, 8, 60])
def test_calibrated__spends_what_is_there_and_no_more(epsilon):
    uses = calibrated([Use("x", 1.0), Use("y", 3.0), Use("z", 2.0, 0.1, 10)], epsilon, DELTA)
    assert 0.999 * epsilon < epsilon_of(uses, DELTA) <= epsilon
    assert uses[1].noise_multiplier == pytest.approx(3 * uses[0].noise_multiplier)
    assert uses[2].steps == 10


def test_calibrated__without_a_limit_there_is_no_noise():
    uses = calibrated([Use("x", 1.0)], math.inf, DELTA)
    assert uses[0].noise_multiplier == 0
    assert epsilon_of(uses, DELTA) == math.inf


def test_budget__says_what_was_spent_on_what():
    uses = calibrated([Use("x", 1.0), Use("y", 1.0)], 3, DELTA)
    found = budget(uses, 3, DELTA, ["the panel"])
    assert found["epsilon"] == 3
    assert found["spent"] <= 3
    assert found["factor"] == pytest.approx(20.0855, rel=1e-5)
    assert found["guess"] == pytest.approx(20.0855 / 21.0855, rel=1e-5)
    # Two relatives have half of the noise between them and their blanks.
    halved = [Use("x", use.noise_multiplier / 2) for use in uses]
    assert found["of_relatives"]["2"] == pytest.approx(epsilon_of(halved, DELTA))
    assert found["of_relatives"]["4"] > found["of_relatives"]["2"] > 2 * 3
    assert [use["what"] for use in found["uses"]] == ["x", "y"]
    assert found["public"] == ["the panel"]
