"""Groups of similar individuals."""

import numpy as np
import pytest

from genodiff.networks.groups import centred


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def test_centred__groups_have_at_least_so_many_individuals(rng):
    x = np.concatenate([rng.normal(c, 0.1, (n, 2)) for c, n in ((0, 30), (5, 20), (9, 3))])
    means, sizes, spread = centred(x, 4, 5)
    assert sizes.sum() == 53
    assert sizes.min() >= 5
    assert len(sizes) <= 4
    assert (np.abs(means - 5.5).max(1) < 0.2).any()
    assert (spread < x.var(0)).all()


def test_centred__of_fewer_values_than_groups():
    means, sizes, _ = centred(np.repeat([[0.0], [1]], 20, axis=0), 4, 5)
    assert sorted(means.ravel()) == [0, 1]
    assert sizes.tolist() == [20, 20]
