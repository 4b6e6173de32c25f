"""The corrected resampled t-test by hand, and how often it finds a difference of nothing."""

import math

import numpy as np
import pytest
from scipy.stats import ttest_1samp

from genodiff.evaluation.paired import resampled_difference


def test_three_splits_by_hand():
    """S = .02, variance (1/3 + 1/4) .0004; with two degrees of freedom p = 1 - t / sqrt(2 + t^2)."""
    found = resampled_difference(np.array([0.02, 0.04, 0.06]), 0.25)
    assert (found["splits"], found["difference"], found["sd"]) == pytest.approx((3, 0.04, 0.02))
    assert found["se"] == pytest.approx(math.sqrt(7 / 12 * 0.0004))
    t = 0.04 / found["se"]
    assert found["p"] == pytest.approx(1 - t / math.sqrt(2 + t**2))
    # 4.302653 is the 97.5% quantile of t with two degrees of freedom.
    assert found["low"] == pytest.approx(0.04 - 4.302653 * found["se"], abs=1e-7)
    assert found["high"] == pytest.approx(0.04 + 4.302653 * found["se"], abs=1e-7)


def test_two_splits_by_hand():
    """With one degree of freedom p = 1 - 2 / pi arctan t."""
    found = resampled_difference(np.array([0.1, 0.2]), 1 / 9)
    t = 0.15 / math.sqrt((1 / 2 + 1 / 9) * 0.005)
    assert found["p"] == pytest.approx(1 - 2 / math.pi * math.atan(t))


def test_few_test_individuals__is_nearly_the_t_test():
    differences = np.array([0.01, -0.02, 0.04, 0.03, 0.02])
    expected = ttest_1samp(differences, 0)
    assert resampled_difference(differences, 1e-9)["p"] == pytest.approx(expected.pvalue)


def test_equal_differences__have_no_limits():
    found = resampled_difference(np.array([0.1, 0.1]), 0.1)
    assert (found["difference"], found["se"]) == (pytest.approx(0.1), pytest.approx(0))
    assert all(math.isnan(found[key]) for key in ("low", "high", "p"))


@pytest.mark.parametrize(("differences", "share"), [([0.1], 0.1), ([0.1, 0.2], 0), ([[0.1, 0.2]], 0.1)])
def test_too_little__is_an_error(differences, share):
    with pytest.raises(ValueError, match=r"of several splits|n_test / n_train"):
        resampled_difference(np.array(differences), share)


def _accuracy(x, y, train, test):
    """Accuracy of the classifier by the nearest mean of a class."""
    means = np.stack([x[train][y[train] == label].mean(0) for label in (0, 1)])
    nearest = ((x[test][:, None] - means) ** 2).sum(2).argmin(1)
    return (nearest == y[test]).mean()


def test_nothing_is_found_where_there_is_nothing__as_often_as_it_says():
    """Two classifiers of other, equally informative features, on five splits of the same individuals;
    the t-test without the correction finds a difference several times as often as it says."""
    rng, runs = np.random.default_rng(1), 500
    corrected = plain = 0
    for _ in range(runs):
        y = np.repeat([0, 1], 60)
        x = rng.normal(size=(120, 20)) + 0.35 * y[:, None]
        differences = []
        for _ in range(5):
            order = rng.permutation(120)
            test, train = order[:30], order[30:]
            one, other = (_accuracy(part, y, train, test) for part in (x[:, :10], x[:, 10:]))
            differences.append(one - other)
        differences = np.array(differences)
        corrected += resampled_difference(differences, 30 / 90)["p"] < 0.05
        plain += ttest_1samp(differences, 0).pvalue < 0.05
    # Three standard errors of a share of .05 are .029.
    assert corrected / runs < 0.079
    assert plain / runs > 0.1
