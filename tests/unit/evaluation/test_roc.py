"""Areas and rates against other programs and loops, by hand, and by simulation."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, bootstrap
from sklearn.metrics import roc_auc_score, roc_curve

from genodiff.evaluation.roc import (
    area,
    auc_interval,
    auc_of_classes,
    exact_interval,
    exchangeable_error,
    placements,
    rate_by_chance,
    true_positive_rate,
)

# Whole numbers, so that there are ties.
scores = st.lists(st.integers(-5, 5), min_size=2, max_size=30)


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


@given(members=scores, others=scores, allowed=st.sampled_from([0, 0.01, 0.1, 0.25, 1 / 3, 0.5, 1]))
def test_true_positive_rate__is_that_of_scikit_learn(members, others, allowed):
    truth = [1] * len(members) + [0] * len(others)
    fpr, tpr, _ = roc_curve(truth, members + others, drop_intermediate=False)
    expected = tpr[fpr <= allowed + 1e-12].max()
    assert true_positive_rate(np.array(members), np.array(others), allowed) == pytest.approx(expected)


def test_auc_of_classes__is_that_of_scikit_learn():
    rng = np.random.default_rng(0)
    for classes in (2, 4):
        scores, numbers = rng.dirichlet(np.ones(classes), 90).round(1), np.arange(90) % classes
        scores /= scores.sum(1, keepdims=True)
        own = scores[:, 1] if classes == 2 else scores
        assert auc_of_classes(scores, numbers) == pytest.approx(
            roc_auc_score(numbers, own, multi_class="ovr")
        )


@given(members=scores, others=scores)
def test_placements__their_mean_is_the_auc_of_scikit_learn(members, others):
    own, theirs = placements(np.array(members), np.array(others))
    expected = roc_auc_score([1] * len(members) + [0] * len(others), members + others)
    assert own.mean() == pytest.approx(expected)
    assert theirs.mean() == pytest.approx(expected)


def test_area__the_same_draw_again_tells_nothing_more():
    rng = np.random.default_rng(0)
    own, theirs = placements(rng.normal(0.5, 1, 40), rng.normal(0, 1, 30))
    once, often = (area(np.tile(own, (n, 1)), np.tile(theirs, (n, 1))) for n in (1, 9))
    assert often == pytest.approx(once)


def test_area__disjoint_draws_are_independent():
    """Halves of the others that take turns against the same members: as all of them at once."""
    rng = np.random.default_rng(1)
    members, others = rng.normal(0.5, 1, 300), rng.normal(0, 1, 200)
    own, theirs = np.full((2, 300), np.nan), np.full((2, 200), np.nan)
    for turn in (0, 1):
        part = np.arange(200) % 2 == turn
        own[turn], theirs[turn, part] = placements(members, others[part])
    whole = area(*(values[None] for values in placements(members, others)))
    assert area(own, theirs) == pytest.approx(whole, rel=0.01)


@pytest.mark.parametrize("turns", [1, 4])
def test_area__nineteen_of_twenty_intervals_hold(turns):
    rng, hold = np.random.default_rng(2), []
    for _ in range(400):
        members, others = rng.normal(size=60), rng.normal(size=40)
        own, theirs = np.full((turns, 60), np.nan), np.full((turns, 40), np.nan)
        for turn in range(turns):
            a, b = rng.permutation(60)[:40], rng.permutation(40)[:20]
            own[turn, a], theirs[turn, b] = placements(members[a], others[b])
        low, high = area(own, theirs).limits()
        hold.append(low <= 0.5 <= high)
    assert 0.9 < np.mean(hold) < 0.98


def test_area__too_few_individuals_have_no_auc():
    assert np.isnan(area(np.array([[0.5, np.nan]]), np.array([[0.5, 0.5]]))).all()


def test_rate_by_chance__by_hand():
    # Two of two members before the first of two others: 2/4 x 1/3.
    assert rate_by_chance(2, 2, 1.0, 0) == pytest.approx(1 / 6)
    # At least one of them: not the first of four in order is one of the others.
    assert rate_by_chance(2, 2, 0.5, 0) == pytest.approx(1 / 2)
    assert rate_by_chance(2, 2, 0.0, 0) == 1
    assert rate_by_chance(5, 3, 1.0, 1) == 1


@pytest.mark.parametrize("false_positives", [0.01, 0.1])
def test_rate_by_chance__is_a_probability(false_positives):
    """Of exchangeable individuals, at most a share p has a probability of at most p."""
    rng, found = np.random.default_rng(3), []
    for _ in range(1000):
        members, others = rng.normal(size=50), rng.normal(size=30)
        rate = true_positive_rate(members, others, false_positives)
        found.append(rate_by_chance(50, 30, rate, false_positives))
    for level in (0.02, 0.05, 0.2):
        share = np.mean(np.array(found) <= level)
        assert share <= level + 2.5 * np.sqrt(level / 1000)
        assert share > level / 3


@pytest.mark.parametrize(("count", "of"), [(0, 10), (3, 10), (10, 10)])
def test_exact_interval__is_clopper_and_pearsons(count, of):
    expected = binomtest(count, of).proportion_ci(0.9, method="exact")
    assert exact_interval(count / of, of, 0.9) == pytest.approx((expected.low, expected.high))


def test_scores_that_are_not_numbers_have_no_auc():
    scores = np.array([0.1, np.nan, 0.3])
    for members, others in ((scores, np.arange(4)), (np.arange(4), scores)):
        assert np.isnan(np.concatenate(placements(members, others))).all()
        assert np.isnan(auc_interval(members, others)).all()


def test_exchangeable_error__of_rare_scores_is_that_of_permutations():
    rng = np.random.default_rng(0)
    scores = np.zeros(200)
    scores[:6] = 1
    drawn = []
    for _ in range(4000):
        rng.shuffle(scores)
        drawn.append(placements(scores[:150], scores[150:])[0].mean())
    assert exchangeable_error(scores, 150, 50) == pytest.approx(np.std(drawn), rel=0.05)
    # Where scores differ, DeLong's is good enough.
    assert exchangeable_error(rng.normal(size=200), 150, 50) == 0
