"""The membership attack: its measures against other programs and loops, and sets with known answers."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import bootstrap

from genodiff.evaluation import membership
from genodiff.evaluation.membership import (
    FALSE_POSITIVES,
    add_copies,
    attack,
    auc_interval,
    true_positive_rate,
)
from genodiff.evaluation.neighbours.rows import rows_of
from genodiff.evaluation.neighbours.search import Budget

CPU = Budget(64, torch.device("cpu"))
# Whole numbers, so that there are ties.
scores = st.lists(st.integers(-5, 5), min_size=2, max_size=30)


def individuals(counts, seed, features=30):
    """Normal individuals float32 (N, features), `counts` of each class, the classes mixed."""
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.repeat(np.arange(len(counts)), counts))
    return rows_of(rng.standard_normal((len(labels), features)).astype(np.float32), labels)


def everything(rows):
    """All values of a set of individuals."""
    return rows.read(slice(None))


def auc(members, others):
    """The AUC by loops over pairs."""
    pairs = [(a > b) + (a == b) / 2 for a in members for b in others]
    return sum(pairs) / len(pairs)


@pytest.mark.parametrize(
    ("members", "others", "expected"),
    [
        # Pairs: 3 is above both, 2 above 1 and level with 2: 3.5 of 4. Shares of each member, and of
        # each other, are 1 and 0.75, so both variances are 1/32, the error sqrt(1/32/2 + 1/32/2).
        ([3, 2], [1, 2], (0.875, 0.875 - 1.959964 * np.sqrt(1 / 32), 1)),
        ([4, 5, 6], [1, 2], (1, 1, 1)),
        ([1, 2], [4, 5, 6], (0, 0, 0)),
        ([0] * 5, [0] * 7, (0.5, 0.5, 0.5)),
    ],
)
def test_auc_interval__by_hand(members, others, expected):
    assert auc_interval(np.array(members), np.array(others)) == pytest.approx(expected, abs=1e-6)


def test_auc_interval__wider_with_more_confidence():
    rng = np.random.default_rng(0)
    members, others = rng.standard_normal(50), rng.standard_normal(40)
    limits = [auc_interval(members, others, confidence)[1:] for confidence in (0.5, 0.95, 0.99)]
    widths = np.diff(limits, axis=1)[:, 0]
    # Normal quantiles of 75%, 97.5% and 99.5%.
    assert widths / widths[1] == pytest.approx([0.34413, 1, 1.31422], abs=1e-4)


@given(members=scores, others=scores)
def test_auc_interval__is_delongs_by_loops(members, others):
    value, low, high = auc_interval(np.array(members), np.array(others))
    assert value == pytest.approx(auc(members, others), abs=1e-12)
    own = [auc([a], others) for a in members]
    theirs = [auc(members, [b]) for b in others]
    error = np.sqrt(np.var(own, ddof=1) / len(own) + np.var(theirs, ddof=1) / len(theirs))
    assert low == pytest.approx(max(0, value - 1.959964 * error), abs=1e-6)
    assert high == pytest.approx(min(1, value + 1.959964 * error), abs=1e-6)


@pytest.mark.parametrize("shift", [0, 0.8])
def test_auc_interval__is_as_wide_as_a_bootstrap(shift):
    rng = np.random.default_rng(2)
    members, others = rng.normal(shift, 1, 150), rng.normal(0, 1.5, 100)
    drawn = bootstrap(
        (members, others),
        lambda a, b: (a[:, None] > b).mean(),
        vectorized=False, n_resamples=2_000, method="percentile", rng=rng,
    )  # fmt: skip
    value, low, high = auc_interval(members, others)
    assert (high - low) / 2 == pytest.approx(1.959964 * drawn.standard_error, rel=0.1)
    assert (low, high) == pytest.approx(tuple(drawn.confidence_interval), abs=0.02)
    assert low < value < high


@pytest.mark.parametrize(("n", "m"), [(1, 5), (5, 1), (0, 0)])
def test_auc_interval__raises_on_fewer_than_two_individuals(n, m):
    with pytest.raises(ValueError, match="two members and two others"):
        auc_interval(np.arange(n), np.arange(m))


@given(members=scores, others=scores, allowed=st.sampled_from([0, 0.01, 0.1, 0.25, 1 / 3, 0.5, 1]))
def test_true_positive_rate__is_the_best_over_all_thresholds(members, others, allowed):
    members, others = np.array(members), np.array(others)
    rates = [
        (members >= threshold).mean()
        for threshold in [*members, *others, 99]
        if (others >= threshold).mean() <= allowed + 1e-12
    ]
    assert true_positive_rate(members, others, allowed) == pytest.approx(max(rates), abs=1e-12)


def test_true_positive_rate__by_hand():
    members, others = np.array([9, 7, 5, 3]), np.arange(10)
    # None of the others may be taken: above 9 is nobody. One of ten: threshold 9. Three: threshold 7.
    assert [true_positive_rate(members, others, f) for f in (0.05, 0.1, 0.3)] == [0, 0.25, 0.5]
    # An other's tie with the best member takes both or none.
    assert true_positive_rate(np.array([5, 5]), np.array([5, 1]), 0.4) == 0
    assert true_positive_rate(np.array([5, 5]), np.array([5, 1]), 0.5) == 1


@pytest.fixture
def train():
    return individuals([60, 120], 1)


@pytest.fixture
def test():
    return individuals([40, 40], 2)


@pytest.fixture
def asked(monkeypatch):
    """The sets of individuals whose nearest synthetic individuals an attack looks for."""
    sets, whole = [], membership.nearest_cosine

    def watch(points, *rest):
        sets.append(points)
        return whole(points, *rest)

    monkeypatch.setattr(membership, "nearest_cosine", watch)
    return sets


def test_attack__copies_of_the_training_individuals_are_found(train, test):
    # The copies in another order and of another length: the angle is what counts.
    order = np.random.default_rng(0).permutation(len(train))
    copies = rows_of(3 * everything(train)[order], train.labels[order])
    found = attack(train, test, copies, 2, CPU, 0)
    measures = ("auc", "auc_low", "auc_high", *FALSE_POSITIVES)
    assert [found[name] for name in measures] == [1] * 5


def test_attack__copies_of_the_test_individuals_are_the_opposite(train, test):
    found = attack(train, test, test, 2, CPU, 0)
    assert found["auc"] == found["auc_high"] == 0
    assert found["tpr_at_fpr_1"] == found["tpr_at_fpr_10"] == 0


def test_attack__individuals_of_neither_set_tell_nothing():
    found = attack(
        individuals([400, 500], 3), individuals([300, 300], 4), individuals([300, 300], 5), 2, CPU, 0
    )
    # The error of an AUC of 600 and 800 individuals is about 0.015.
    assert found["auc"] == pytest.approx(0.5, abs=0.06)
    assert found["auc_high"] - found["auc_low"] == pytest.approx(4 * 0.0155, abs=0.01)
    assert found["tpr_at_fpr_1"] < 0.04
    assert found["tpr_at_fpr_10"] == pytest.approx(0.1, abs=0.06)


def test_attack__is_that_of_loops(test):
    # All individuals of the training set takes part, so there is nothing random.
    train, synthetic = individuals([50, 50], 6), individuals([30, 5], 7)
    values = [everything(rows).astype(float) for rows in (train, test, synthetic)]
    unit = [x / np.linalg.norm(x, axis=1, keepdims=True) for x in values]
    members, others = ((x @ unit[2].T).max(1) for x in unit[:2])
    found = attack(train, test, synthetic, 2, CPU, 0)
    assert found["auc"] == pytest.approx(auc(members, others), abs=1e-9)
    for name, share in FALSE_POSITIVES.items():
        taken = np.sort(others)[::-1][int(share * len(others))]
        assert found[name] == (members > taken).mean()


def test_attack__members_have_the_label_mix_of_the_test_individuals(train, asked):
    test, synthetic = individuals([10, 40], 8), individuals([20, 20], 9)
    found = attack(train, test, synthetic, 2, CPU, 0)
    members, others = asked
    assert np.bincount(members.labels).tolist() == [30, 120]
    assert set(members.numbers) <= set(train.numbers)
    assert members.store is train.store
    assert others is test
    assert [found[key] for key in ("members", "non_members", "synthetic")] == [150, 50, 40]


def test_attack__members_are_a_random_part_of_their_class_by_seed(train, test, asked):
    for seed in (1, 1, 2):
        attack(train, test, test, 2, CPU, seed)
    one, again, other = (rows.numbers.tolist() for rows in asked[::2])
    assert np.bincount(train.labels[one]).tolist() == [60, 60]
    assert len(set(one)) == 120
    assert one == again != other


def test_attack__label_mix_of_the_synthetic_individuals_does_not_count(train, test):
    synthetic = individuals([25, 25], 10)
    cases = rows_of(everything(synthetic), np.zeros(50))
    assert attack(train, test, synthetic, 2, CPU, 0) == attack(train, test, cases, 2, CPU, 0)


def test_attack__raises_when_the_training_individuals_lack_a_class(test):
    with pytest.raises(ValueError, match="class of one set is missing"):
        attack(individuals([30], 1), test, test, 2, CPU, 0)


@pytest.mark.parametrize(("share", "count"), [(0.1, 18), (0.5, 90), (1, 180), (1e-6, 1)])
def test_plant__adds_exact_copies_of_a_share_of_the_training_individuals(train, share, count):
    synthetic = individuals([7, 3], 11)
    before = everything(train).copy()
    planted, again, other = (add_copies(synthetic, train, share, seed) for seed in (5, 5, 6))
    np.testing.assert_array_equal(everything(planted), everything(again))
    assert np.array_equal(everything(planted), everything(other)) == (share == 1)
    np.testing.assert_array_equal(everything(train), before)
    assert len(planted) == 10 + count
    np.testing.assert_array_equal(everything(planted)[:10], everything(synthetic))
    np.testing.assert_array_equal(planted.labels[:10], synthetic.labels)
    same = (everything(planted)[10:, None] == everything(train)[None]).all(-1)
    assert (same.sum(1) == 1).all()  # copies of training individuals
    assert same.sum(0).max() == 1  # of each one copy
    np.testing.assert_array_equal(planted.labels[10:], train.labels[same.argmax(1)])


def test_attack__planted_copies_are_found_at_few_false_positives(train, test):
    unseen = individuals([50, 50], 12)
    null, planted = (
        attack(train, test, rows, 2, CPU, 0) for rows in (unseen, add_copies(unseen, train, 0.3, 5))
    )
    # Of 120 members, about three in ten have their copy.
    assert planted["tpr_at_fpr_1"] == pytest.approx(0.3, abs=0.12)
    assert null["tpr_at_fpr_1"] < 0.1
    assert planted["auc"] > null["auc"] + 0.05
