"""Paired differences against scipy and statsmodels, and how often they find a difference of nothing."""

import numpy as np
import pytest
from scipy.stats import ttest_ind, ttest_rel
from statsmodels.stats.contingency_tables import mcnemar

from genodiff.evaluation.paired import from_text, paired_difference, to_text, welch


def _correct(rng, seeds, individuals, share):
    return (rng.random((seeds, individuals)) < share).astype(float)


def test_text__there_and_back():
    correct = np.array([True, False, False, True])
    assert to_text(correct) == "1001"
    assert from_text("1001").tolist() == [1.0, 0.0, 0.0, 1.0]


def test_one_seed__is_the_paired_t_test():
    rng = np.random.default_rng(1)
    first, second = _correct(rng, 1, 60, 0.8), _correct(rng, 1, 60, 0.6)
    found = paired_difference(first, second)
    expected = ttest_rel(first[0], second[0])
    interval = expected.confidence_interval(0.95)
    assert found["p"] == pytest.approx(expected.pvalue)
    assert (found["low"], found["high"]) == pytest.approx(tuple(interval))
    assert found["difference"] == pytest.approx(first.mean() - second.mean())
    assert (found["seeds"], found["n_test"]) == (1, 60)


def test_one_classifier__is_near_mcnemar():
    rng = np.random.default_rng(2)
    first = _correct(rng, 1, 1000, 0.75)
    second = np.where(rng.random((1, 1000)) < np.where(first, 0.12, 0.25), 1 - first, first)
    both = [[np.sum((first == a) & (second == b)) for b in (1, 0)] for a in (1, 0)]
    expected = mcnemar(both, exact=False, correction=False).pvalue
    assert paired_difference(first, second)["p"] == pytest.approx(expected, rel=0.02)


def test_many_seeds_without_an_effect_of_their_own__are_the_t_test_of_the_individuals_means():
    """With equal seeds only the individuals vary."""
    rng = np.random.default_rng(3)
    first, second = (np.repeat(_correct(rng, 1, 80, share), 4, axis=0) for share in (0.7, 0.5))
    found = paired_difference(first, second)
    assert found["p"] == pytest.approx(ttest_rel(first[0], second[0]).pvalue)


def test_few_seeds_that_differ__widen_the_interval():
    rng = np.random.default_rng(4)
    second = _correct(rng, 3, 5000, 0.5)
    first = np.concatenate([_correct(rng, 1, 5000, share) for share in (0.45, 0.55, 0.65)])
    found = paired_difference(first, second)
    # The differences of the seeds are about -.05, .05 and .15: a standard error of .1 / sqrt(3).
    assert found["se"] == pytest.approx(0.1 / np.sqrt(3), rel=0.15)
    assert found["low"] < 0 < found["high"]


def test_welch__two_means_are_those_of_scipy():
    rng = np.random.default_rng(7)
    one, other = rng.normal(0, 1, 12), rng.normal(1, 3, 7)
    parts = [(own.var(ddof=1) / len(own), len(own) - 1) for own in (one, other)]
    found = welch(one.mean() - other.mean(), parts)
    expected = ttest_ind(one, other, equal_var=False)
    assert found["p"] == pytest.approx(expected.pvalue)
    assert (found["low"], found["high"]) == pytest.approx(tuple(expected.confidence_interval()))


@pytest.mark.parametrize("seeds", [1, 3])
def test_nothing_is_found_where_there_is_nothing__in_all_but_a_twentieth(seeds):
    """Both classifications are as good on the whole, on other individuals, and vary with the seed."""
    rng, found = np.random.default_rng(5), 0
    for _ in range(1000):
        difficulty = rng.normal(0.8, 1, 200)
        first, second = (
            rng.logistic(size=(seeds, 200)) < difficulty + rng.normal(0, 0.3 * (seeds > 1), (seeds, 1))
            for _ in range(2)
        )
        found += paired_difference(first.astype(float), second.astype(float))["p"] < 0.05
    # Three standard errors of a share of .05 are .021.
    assert found / 1000 < 0.071


def test_equal_classifications__have_no_difference_and_p_1():
    same = np.ones((2, 10))
    found = paired_difference(same, same)
    assert (found["difference"], found["se"], found["p"]) == (0, 0, 1)
    # All of them differ, which a t-test of no variance cannot judge.
    found = paired_difference(same, 0 * same)
    assert found["difference"] == 1
    assert np.isnan([found["low"], found["high"], found["p"]]).all()


def test_turned_around__the_sign_changes():
    rng = np.random.default_rng(6)
    first, second = _correct(rng, 2, 50, 0.8), _correct(rng, 2, 50, 0.6)
    one, other = paired_difference(first, second), paired_difference(second, first)
    assert one["p"] == pytest.approx(other["p"])
    assert one["low"] == pytest.approx(-other["high"])


@pytest.mark.parametrize("shape", [(1, 1), (2, 9), (1, 10, 1)])
def test_other_individuals__are_an_error(shape):
    with pytest.raises(ValueError, match="not seeds by the same individuals"):
        paired_difference(np.ones((1, 10)) if shape != (1, 1) else np.ones(shape), np.ones(shape))
