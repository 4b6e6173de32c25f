"""Draws of individuals and the errors of their means."""

import numpy as np
import pytest

from genodiff.evaluation.fidelity.people import CANDIDATE, TEST, People


def people(train=(300, 100), test=(40, 40), candidate=(300, 100), repeats=8, limit=100, seed=0):
    sides = (None if own is None else np.repeat([0, 1], own) for own in (train, test, candidate))
    return People(["a", "b"], "b", *sides, repeats, limit, seed)


def test_draws_have_the_label_mix_of_the_test_individuals():
    both = people()
    assert both.drawn == 64
    for rows in (*both.draws, *both.train_draws):
        labels = both.groups[CANDIDATE].labels[rows]
        assert np.bincount(labels).tolist() == [32, 32]
    assert len(both.reference) in (200, 201)
    assert [len(half) for half in both.halves] == [200, 200]
    assert not set(both.halves[0]) & set(both.halves[1])
    assert both.control == 1


def test_null_draws_test_individuals_in_the_same_sizes_against_the_same_reference():
    null, other = people(candidate=None), people()
    assert null.null
    assert null.drawn == other.drawn
    assert np.array_equal(null.reference, other.reference)
    assert all(map(np.array_equal, null.train_draws, other.train_draws))
    assert all(map(np.array_equal, null.halves, other.halves))
    assert max(map(max, null.draws)) < len(null.groups[TEST].labels)


def test_a_small_dataset_reduces_the_draws():
    assert people(candidate=(10, 400)).drawn == 16


def test_draws_are_bounded_in_the_label_mix():
    both = people(limit=21)
    assert both.drawn == 21
    labels = both.groups[CANDIDATE].labels[both.draws[0]]
    assert np.bincount(labels).tolist() == [11, 10]


def test_a_class_without_individuals_is_named():
    with pytest.raises(ValueError, match="no candidate individual of class 'b'"):
        people(candidate=(10, 0))


def test_weights_count_individuals_by_subset_and_class():
    group = people().groups[CANDIDATE]
    assert group.weights.sum(0).tolist() == [300, 100, *8 * [32, 32]]


@pytest.mark.parametrize("candidates", [80, 400])
def test_mean_and_error__is_the_deviation_over_populations(candidates):
    """Means of draws from many sets of candidates vary as their error says; the draws of 64 among 80
    overlap."""
    rng, found = np.random.default_rng(candidates), []
    for seed in range(300):
        both = people(candidate=(candidates // 2, candidates // 2), seed=seed)
        values = rng.normal(size=candidates)
        found.append(both.mean_and_error(np.array([values[rows].mean() for rows in both.draws])))
    means, errors = np.array(found).T
    assert np.sqrt(np.square(errors).mean()) == pytest.approx(means.std(), rel=0.15)


def test_mean_and_error__of_what_cannot_be_judged():
    assert people().mean_and_error(np.array([0.1, np.nan])) == (None, None)
    assert people().mean_and_error(np.array([])) == (None, None)
    assert people().mean_and_error(np.array([0.25])) == (0.25, None)
