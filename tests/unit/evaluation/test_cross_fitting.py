"""Attacks that learn: no leak from what is learnt, and intervals that hold."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from genodiff.evaluation.cross_fitting import WIDER, cross_fitted, halve
from genodiff.evaluation.membership import Turn, judge, learnt


def features(n, seed, shift=0.0, k=10):
    """Correlated features float64 (n, k)."""
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, k)) + rng.standard_normal((n, 1)) + shift


def labels(n):
    """Class numbers of two classes."""
    return np.arange(n) % 2


def both(members, others, seed=0):
    """The scores of both halves."""
    return cross_fitted(
        members, others, (labels(len(members)), labels(len(others))), np.random.default_rng(seed)
    )


def judged(train, test, turns, seed=0):
    """The area over turns with all individuals."""
    every = [Turn(np.arange(len(train)), np.arange(len(test)), np.arange(0))] * turns
    classes = labels(len(train)), labels(len(test))
    return judge(*learnt([(train, test)] * turns, every, classes, seed)).area


def test_halve__class_by_class():
    half = halve(np.repeat([0, 1], [20, 7]), np.random.default_rng(0))
    assert half[:20].sum() == 10
    assert half[20:].sum() in (3, 4)


def test_cross_fitted__every_individual_is_scored_once_by_a_rule_of_the_others():
    members, others = features(40, 1), features(30, 2)
    (first, second) = both(members, others)
    for one, other in zip(first, second, strict=True):
        assert (np.isnan(one) != np.isnan(other)).all()
    # What an individual of the scored half is does not change the scores of that half.
    changed = members.copy()
    row = np.flatnonzero(~np.isnan(first[0]))[0]
    changed[row] += 100
    again = both(changed, others)[0]
    same = np.arange(len(members)) != row
    np.testing.assert_array_equal(again[0][same], first[0][same])
    np.testing.assert_array_equal(again[1], first[1])


def test_cross_fitted__finds_what_a_direction_of_features_shows():
    members, others = features(200, 1), features(200, 2)
    # Only the difference of two features tells them apart.
    members[:, 0] += 0.8
    members[:, 1] -= 0.8
    for own, theirs in both(members, others):
        scores = np.concatenate([own[~np.isnan(own)], theirs[~np.isnan(theirs)]])
        truth = np.arange(len(scores)) < (~np.isnan(own)).sum()
        assert roc_auc_score(truth, scores) > 0.65


def test_cross_fitted__nobody_to_learn_from_is_a_guess():
    (first, second) = both(features(8, 1), features(1, 2))
    for own, theirs in (first, second):
        if not np.isnan(theirs).all():
            assert set(own[~np.isnan(own)]) == {0}


@pytest.mark.slow
@pytest.mark.parametrize(("turns", "repeats"), [(1, 200), (3, 150)])
def test_learnt__without_a_leak_the_auc_is_one_half_and_intervals_hold(turns, repeats):
    """Both halves have the same luck, so that the usual error is too small for their mean."""
    areas = [
        judged(features(120, 2 * seed), features(80, 2 * seed + 1), turns, seed)
        for seed in range(repeats)
    ]
    auc, error = np.array(areas).T
    assert abs(auc.mean() - 0.5) < 2 * auc.std() / np.sqrt(len(auc))
    usual, wider = (np.mean(np.abs(auc - 0.5) < 1.96 * f * error) for f in (1, WIDER))
    assert usual < 0.92
    # The error of a coverage of 95% is 0.016 to 0.018.
    assert 0.91 <= wider <= 1


def test_learnt__permuted_labels_give_one_half():
    rng, found = np.random.default_rng(0), []
    x = np.concatenate([features(100, 1, 0.5), features(100, 2)])
    for seed in range(20):
        rng.shuffle(x)
        found.append(judged(x[:100], x[100:], 1, seed).auc)
    assert np.mean(found) == pytest.approx(0.5, abs=0.03)


def test_learnt__what_halves_share_is_found():
    assert judged(features(100, 1, 1.0), features(100, 2), 1).auc > 0.6
