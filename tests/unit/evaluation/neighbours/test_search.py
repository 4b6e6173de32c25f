"""Nearest individuals against brute force, whatever the blocks."""

import numpy as np
import pytest
import torch

from genodiff.evaluation.neighbours.exact import nearest_cosine, own_share, pair_cosines, rounding
from genodiff.evaluation.neighbours.rows import rows_of
from genodiff.evaluation.neighbours.search import SPARE, Budget, between, block_size, within


@pytest.mark.parametrize("nearest", [1, 2, 10])
def test_own_share__is_that_of_loops(pair, nearest, budget, search, slow):
    x, y = pair
    nearest = min(nearest, len(x) + len(y) - 1)
    shares = own_share(*search(x, y, nearest, budget), nearest)
    np.testing.assert_allclose(shares, slow.share(x, y, nearest), atol=1e-12)


def test_own_share__near_ties_below_float32_are_told_apart(cpu, search):
    """Two candidates whose cosines differ by 1e-9, a hundredth of float32's resolution."""
    x = np.zeros((2, 3), np.float32)
    x[0], x[1] = [1, 0, 0], [1, 1, 0]
    for step, share in ((1, 0), (-1, 1), (0, 0.5)):
        # The other set's individual is next to x[1]'s angle with x[0], a float32 step nearer or farther.
        other = np.array([[1, np.nextafter(np.float32(1), np.float32(1 - step)), 0]], np.float32)
        other = other if step else x[1:]
        a, b = rows_of(x, [0, 0]), rows_of(other, [0])
        assert own_share(a, b, within(a, 1, cpu), between(a, b, 1, cpu)[0], 1)[0] == share


def test_own_share__raises_on_more_neighbours_than_individuals(cpu, search):
    x = np.ones((3, 2), np.float32)
    with pytest.raises(ValueError, match="5 neighbours are requested, but there are 4 individuals"):
        own_share(*search(x, x[:2], 5, cpu), 5)


def test_between__both_directions_are_the_same_search(pair, budget):
    a, b = (rows_of(part, np.zeros(len(part))) for part in pair)
    there, back = between(a, b, 1, budget)
    turned_back, turned_there = between(b, a, 1, budget)
    for one, two in ((there, turned_there), (back, turned_back)):
        np.testing.assert_allclose(one.cosines[:, 0], two.cosines[:, 0], atol=1e-6)


def test_between__lists_are_the_largest_cosines_in_order(budget, slow):
    rng = np.random.default_rng(4)
    x, y = (rng.standard_normal((n, 15)).astype(np.float32) for n in (37, 50))
    there, back = between(rows_of(x, np.zeros(37)), rows_of(y, np.zeros(50)), 3, budget)
    cosines = slow.angles(x, y)
    np.testing.assert_array_equal(there.indices, np.argsort(-cosines, 1)[:, : 3 + SPARE])
    np.testing.assert_array_equal(back.indices, np.argsort(-cosines.T, 1)[:, : 3 + SPARE])
    np.testing.assert_allclose(there.cosines, -np.sort(-cosines, 1)[:, : 3 + SPARE], atol=1e-6)
    assert not there.complete


def test_within__nobody_is_their_own_neighbour(budget):
    x = np.random.default_rng(5).standard_normal((30, 8)).astype(np.float32)
    x[10] = x[20]
    near = within(rows_of(x, np.zeros(30)), 2, budget)
    assert not (near.indices == np.arange(30)[:, None]).any()
    assert near.indices[10, 0] == 20
    assert near.indices[20, 0] == 10


def test_within__one_individual_has_no_neighbour(cpu):
    near = within(rows_of(np.ones((1, 3), np.float32), [0]), 1, cpu)
    assert near.complete
    assert (near.indices == -1).all()


def test_nearest_cosine__is_exact_to_float64(pair, budget, slow):
    x, y = pair
    a, b = (rows_of(part, np.zeros(len(part))) for part in pair)
    found = nearest_cosine(a, b, between(a, b, 1, budget)[0])
    np.testing.assert_allclose(found, slow.angles(x, y).max(1), atol=1e-14)


def test_nearest_cosine__is_not_missing_where_float32_lists_others(cpu, slow):
    """Thirty individuals whose cosines differ by less than float32 tells; five others are listed."""
    rng = np.random.default_rng(8)
    x = rng.standard_normal((4, 20)).astype(np.float32)
    y = (x[:1] + 1e-6 * rng.standard_normal((30, 20))).astype(np.float32)
    a, b = rows_of(x, np.zeros(4)), rows_of(y, np.zeros(30))
    there, exact = between(a, b, 1, cpu)[0], slow.angles(x, y)
    there.indices[:] = np.argsort(exact, 1)[:, :5]
    np.testing.assert_allclose(nearest_cosine(a, b, there), exact.max(1), rtol=0, atol=1e-14)


def test_pair_cosines__individuals_of_zeros():
    rows = rows_of(np.array([[0, 0], [0, 0], [3, 4]], np.float32), [0, 0, 0])
    assert pair_cosines(rows, np.array([0, 0, 2]), rows, np.array([1, 2, 2])).tolist() == [1, 0, 1]


@pytest.mark.parametrize("features", [3, 300, 20_000])
def test_rounding__bounds_the_error_of_float32(features):
    rng = np.random.default_rng(6)
    x = rng.standard_normal((60, features)).astype(np.float32)
    x[1::2] = x[::2] + 0.1 * x[1::2]  # pairs that are close, where all terms have one sign
    rows = rows_of(x, np.zeros(60))
    near = within(rows, 1, Budget(64, torch.device("cpu")))
    all_individuals = np.arange(60)
    exact = pair_cosines(rows, all_individuals, rows, near.indices[:, 0])
    assert np.abs(near.cosines[:, 0] - exact).max() < rounding(features)


@pytest.mark.parametrize(("features", "memory"), [(147_456, 1024), (300, 4), (1, 0.001), (10**6, 0.001)])
def test_block_size__fits_the_memory(features, memory):
    size = block_size(features, memory)
    used = 4 * (4 * size * features + 4 * size**2)
    assert size == 1 or used <= memory * 2**20
    assert 4 * (4 * (size + 1) * features + 4 * (size + 1) ** 2) > memory * 2**20
