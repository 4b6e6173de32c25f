"""Noise and bounds."""

import numpy as np
from scipy.stats import kstest

from genodiff.privacy import mechanism
from genodiff.privacy.mechanism import bounded_weights, secret_normal


def test_secret_normal__is_standard_normal_and_never_the_same(monkeypatch):
    monkeypatch.setattr(mechanism, "_AT_ONCE", 7_000)  # several blocks, the last one smaller
    one, other = secret_normal((100, 200)), secret_normal((100, 200))
    assert one.shape == (100, 200)
    assert one.dtype == np.float64
    assert not np.intersect1d(one, other).size
    for values in (one, other):
        # A false alarm has a probability of 1e-6.
        assert kstest(values.ravel(), "norm").pvalue > 1e-6
    assert abs(np.corrcoef(one.ravel(), other.ravel())[0, 1]) < 0.04


def test_secret_normal__does_not_use_the_seeds_of_numpy():
    np.random.seed(0)  # noqa: NPY002
    one = secret_normal((5,))
    np.random.seed(0)  # noqa: NPY002
    assert not np.array_equal(one, secret_normal((5,)))


def test_secret_normal__of_nothing_is_empty():
    assert secret_normal((0, 3)).shape == (0, 3)


def test_bounded_weights__bring_norms_to_the_bound_and_leave_smaller_ones():
    norms = np.array([0, 1, 2, 4, 1e9])
    assert np.allclose(bounded_weights(norms, 2) * norms, [0, 1, 2, 2, 2])
    assert bounded_weights(norms, 2)[:3].tolist() == [1, 1, 1]
