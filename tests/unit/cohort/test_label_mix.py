"""How many individuals of each class, and which."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from genodiff.cohort.label_mix import (
    SyntheticSize,
    choose_labels,
    draw,
    matched_counts,
    whole_individuals,
)
from genodiff.runtime.errors import InputError

# Individuals of each of up to six classes; in `present` no class is empty.
counts = st.lists(st.integers(0, 400), min_size=1, max_size=6).filter(any)
present = st.lists(st.integers(1, 400), min_size=1, max_size=6)


@pytest.mark.parametrize(
    ("shares", "total", "expected"),
    [
        ([1, 1], 4, [2, 2]),
        ([1, 1], 5, [3, 2]),
        ([3, 1], 6, [5, 1]),  # exact 4.5 and 1.5: equal remainders, the first
        ([0.2, 0.3, 0.5], 10, [2, 3, 5]),  # 0.2 + 0.3 is not what it seems in binary
        ([15, 36, 49], 10, [1, 4, 5]),
        ([0, 7, 0], 3, [0, 3, 0]),
        ([5, 5, 5], 0, [0, 0, 0]),
        ([3] * 26, 40, [2] * 14 + [1] * 12),
    ],
)
def test_whole_individuals__by_hand(shares, total, expected):
    found = whole_individuals(np.array(shares), total)
    assert found.dtype == np.int64
    assert found.tolist() == expected


@given(shares=counts, total=st.integers(0, 5_000))
def test_whole_individuals__within_one_of_each_share_and_none_lost(shares, total):
    found, shares = whole_individuals(np.array(shares), total), np.array(shares)
    assert found.sum() == total
    assert (np.abs(found - total * shares / shares.sum()) < 1 + 1e-6).all()
    assert not found[shares == 0].any()


@given(shares=counts, total=st.integers(0, 5_000))
def test_whole_individuals__all_of_them_are_all_of_them(shares, total):
    shares = np.array(shares)
    np.testing.assert_array_equal(whole_individuals(shares, int(shares.sum())), shares)
    # A part of the individuals is never more than there are.
    assert (whole_individuals(shares, min(total, int(shares.sum()))) <= shares).all()


ABC = ["a", "b", "c"]
TRAINING = ["b", None, "a", "b", "a", None, "a", "a", None]  # four of a, two of b


@pytest.mark.parametrize(
    ("training", "size", "expected"),
    [
        (TRAINING, (None, 1, None), {"a": 4, "b": 2}),
        (TRAINING, (None, 0.5, None), {"a": 2, "b": 1}),
        (TRAINING, (None, 2.5, None), {"a": 10, "b": 5}),
        (TRAINING, (None, 1 / 3, None), {"a": 1, "b": 1}),  # two individuals, exact 1.33 and 0.67
        (TRAINING, (None, 0.75, None), {"a": 3, "b": 1}),  # 4.5 are 4 (to even), exact 2.67 and 1.33
        (TRAINING, (None, 0.45, None), {"a": 2, "b": 1}),  # 2.7 individuals are 3
        (TRAINING, (None, 100, None), {"a": 400, "b": 200}),
        (TRAINING, (None, 2, {"a": 1, "b": 2}), {"a": 4, "b": 8}),
        (TRAINING, (None, 1, {"a": 1}), {"a": 6}),  # a mix keeps the number of individuals
        (TRAINING, (9, 1, None), {"a": 6, "b": 3}),
        # Exact 1.5, 3.6, 4.9: two individuals are left, and go to c (.9) and b (.6).
        ([], (10, 1, {"a": 15, "b": 36, "c": 49}), {"a": 1, "b": 4, "c": 5}),
        # Equal remainders go to the first classes.
        ([], (5, 1, {"a": 0.2, "b": 0.2, "c": 0.2}), {"a": 2, "b": 2, "c": 1}),
        (["a"], (3, 1, {"b": 2, "c": 0}), {"b": 3}),
    ],
)
def test_choose_labels__by_hand(training, size, expected):
    labels = choose_labels(training, ABC, SyntheticSize(*size))
    assert labels == sorted(labels)
    assert Counter(labels) == expected


def test_choose_labels__classes_that_are_numbers_in_yaml():
    assert choose_labels([], ["0", "1"], SyntheticSize(4, 1, {0: 3, 1: 1})) == ["0", "0", "0", "1"]
    assert choose_labels([], ["01", "2.0"], SyntheticSize(3, 1, {"1": 2, "2": 1})) == ["01", "01", "2.0"]


@given(
    individuals=st.integers(2, 500),
    mix=st.lists(st.floats(0, 1e6, allow_subnormal=False), min_size=3, max_size=3).filter(
        lambda shares: sum(shares) > 1e-3
    ),
)
def test_choose_labels__whole_individuals_within_one_of_their_share(individuals, mix):
    labels = choose_labels([], ABC, SyntheticSize(individuals, 1, dict(zip(ABC, mix, strict=True))))
    assert len(labels) == individuals
    assert labels == sorted(labels)
    for label, share in zip(ABC, mix, strict=True):
        assert abs(labels.count(label) - individuals * share / sum(mix)) < 1 + 1e-6


def test_choose_labels__raises_on_a_class_that_the_cohort_lacks():
    with pytest.raises(
        InputError, match=r"synthetic\.label_mix: no class 'cas' .*classes: case, control"
    ):
        choose_labels(["case"], ["case", "control"], SyntheticSize(4, 1, {"cas": 1, "control": 1}))


@pytest.mark.parametrize("training", [["a"] * 3, [None] * 50, []])
def test_choose_labels__raises_without_individuals(training):
    says = (
        rf"synthetic\.multiple: 0\.1 times {training.count('a')} training individuals are no individuals"
    )
    with pytest.raises(InputError, match=says):
        choose_labels(training, ["a"], SyntheticSize(None, 0.1, {"a": 1}))


@pytest.mark.parametrize(
    ("mix", "available", "expected"),
    [
        ([10, 10], [[10, 10]], [10, 10]),
        ([10, 10], [[35, 20]], [21, 20]),  # the odd one is within one individual of the mix
        ([1, 2], [[10, 10], [4, 90]], [4, 9]),  # exact 4.33 and 8.67; 14 would be 4.67, 9.33
        ([2, 1], [[10, 10]], [10, 5]),
        ([3, 0], [[8, 0], [9, 5]], [8, 0]),  # a class that the mix has not
        # The paper: 520 test individuals a class, and a training set with more controls.
        ([520, 520], [[2405, 6024], [520, 520]], [520, 520]),
        ([2405, 6024], [[2405, 6024], [2500, 7000]], [2405, 6024]),
    ],
)
def test_matched_counts__by_hand(mix, available, expected):
    found = matched_counts(np.array(mix), *map(np.array, available))
    assert found.dtype == np.int64
    assert found.tolist() == expected


@given(mix=present, data=st.data())
def test_matched_counts__fit_in_every_set_and_keep_the_mix(mix, data):
    each = st.lists(st.integers(1, 400), min_size=len(mix), max_size=len(mix))
    available = [
        np.array(individuals) for individuals in data.draw(st.lists(each, min_size=1, max_size=3))
    ]
    mix, most = np.array(mix), np.minimum.reduce(available)
    found = matched_counts(mix, *available)
    assert (found <= most).all()
    assert (np.abs(found - found.sum() * mix / mix.sum()) < 1 + 1e-6).all()
    # No fewer than the exact proportions allow.
    assert found.sum() >= int((most * mix.sum() // mix).min())
    np.testing.assert_array_equal(found, matched_counts(mix, most))


@given(individuals=present)
def test_matched_counts__of_equal_shares_are_the_most_there_can_be(individuals):
    mix, most = np.full(len(individuals), 20), np.array(individuals)
    total = int(matched_counts(mix, most).sum())
    for larger in range(total + 1, total + 2 * len(individuals)):
        assert (whole_individuals(mix, larger) > most).any()


@given(individuals=present, times=st.integers(1, 5))
def test_matched_counts__a_set_of_the_mix_is_used_whole(individuals, times):
    mix = np.array(individuals)
    np.testing.assert_array_equal(matched_counts(mix, times * mix, 7 * mix), times * mix)


@pytest.mark.parametrize("available", [[[5, 0]], [[5, 5], [0, 5]]])
def test_matched_counts__raises_on_a_class_that_a_set_lacks(available):
    with pytest.raises(ValueError, match="a class of one set is missing in the other"):
        matched_counts(np.array([4, 4]), *map(np.array, available))


@given(individuals=counts, seed=st.integers(0, 99), data=st.data())
def test_draw__as_many_of_each_class_as_asked(individuals, seed, data):
    rng, individuals = np.random.default_rng(seed), np.array(individuals)
    labels = rng.permutation(np.repeat(np.arange(len(individuals)), individuals))
    wanted = np.array([data.draw(st.integers(0, int(n))) for n in individuals])
    assume(wanted.any())
    rows = draw(labels, wanted, rng)
    assert rows.dtype == np.int64
    assert (np.diff(rows) > 0).all()  # sorted and unique
    np.testing.assert_array_equal(np.bincount(labels[rows], minlength=len(individuals)), wanted)


@given(fewer=st.tuples(st.integers(0, 9), st.integers(0, 14)), seed=st.integers(0, 99))
def test_draw__more_individuals_include_the_fewer(fewer, seed):
    labels = np.random.default_rng(0).permutation([0] * 10 + [1] * 15)
    few, many = (
        set(draw(labels, np.array(wanted), np.random.default_rng(seed)).tolist())
        for wanted in (fewer, (fewer[0] + 1, fewer[1]))
    )
    assert few < many


def test_draw__everybody_is_as_likely():
    labels, rng = np.array([0, 1, 0, 1, 1, 0, 0]), np.random.default_rng(0)
    times = sum(np.bincount(draw(labels, [2, 1], rng), minlength=7) for _ in range(3_000))
    # Two of four individuals of class 0 and one of three of class 1.
    expected = 3_000 * np.where(labels == 0, 1 / 2, 1 / 3)
    assert np.abs(times - expected).max() < 5 * np.sqrt(3_000 / 4)


def test_draw__another_seed_draws_others():
    labels = np.zeros(100, np.int64)
    one, again, other = (draw(labels, [50], np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert one.tolist() == again.tolist() != other.tolist()


def test_matched_counts__more_than_the_exact_proportions_where_rounding_allows_it():
    # 149 individuals: exact 1.49 and 147.51, so 1 and 148, and both sets have them.
    assert matched_counts(np.array([1, 99]), np.array([1, 10_000])).tolist() == [1, 148]
