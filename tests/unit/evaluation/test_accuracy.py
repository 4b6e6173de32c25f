"""Accuracy and what goes with it, against statsmodels, scikit-learn and numbers by hand."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import balanced_accuracy_score, roc_auc_score
from statsmodels.stats.proportion import proportion_confint

from genodiff.evaluation.accuracy import chance_corrected_recovery, recovery, score, wilson_interval

COUNTS = [(0, 10), (10, 10), (1, 3), (5, 10), (876, 1040), (1, 1), (0, 1)]


@pytest.mark.parametrize(("correct", "individuals"), COUNTS)
@pytest.mark.parametrize("confidence", [0.95, 0.8])
def test_wilson__agrees_with_statsmodels(correct, individuals, confidence):
    theirs = proportion_confint(correct, individuals, alpha=1 - confidence, method="wilson")
    assert wilson_interval(correct, individuals, confidence) == pytest.approx(theirs, abs=1e-12)


@given(individuals=st.integers(1, 5000), share=st.floats(0, 1))
def test_wilson__limits_solve_the_defining_equation(individuals, share):
    correct = round(share * individuals)
    p, z = correct / individuals, 1.959963984540054
    for limit in wilson_interval(correct, individuals):
        # |p - limit| is z standard errors of a proportion `limit`.
        assert (p - limit) ** 2 == pytest.approx(z**2 * limit * (1 - limit) / individuals, abs=1e-12)
    low, high = wilson_interval(correct, individuals)
    assert 0 <= low <= p <= high <= 1
    assert low < high


def test_score__two_classes_by_hand():
    probabilities = np.array([[0.9, 0.1], [0.4, 0.6], [0.8, 0.2], [0.3, 0.7], [0.1, 0.9]])
    found = score(probabilities, np.array([0, 0, 1, 1, 1]))
    # Right: the first, the fourth and the fifth. Of the 6 pairs (0, 1), 5 are in order.
    assert found["n_test"] == 5
    assert found["accuracy"] == pytest.approx(3 / 5)
    assert found["balanced_accuracy"] == pytest.approx((1 / 2 + 2 / 3) / 2)
    assert found["auc"] == pytest.approx(5 / 6)
    limits = proportion_confint(3, 5, method="wilson")
    assert (found["wilson_low"], found["wilson_high"]) == pytest.approx(limits)


@pytest.mark.parametrize("classes", [2, 3, 7])
def test_score__agrees_with_scikit_learn(classes):
    rng = np.random.default_rng(classes)
    labels = np.concatenate([np.arange(classes), rng.integers(0, classes, 60)])
    logits = rng.normal(size=(len(labels), classes)) + 1.5 * np.eye(classes)[labels]
    probabilities = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    found = score(probabilities, labels)
    predicted = probabilities.argmax(1)
    assert found["accuracy"] == pytest.approx((predicted == labels).mean())
    assert found["balanced_accuracy"] == pytest.approx(balanced_accuracy_score(labels, predicted))
    # One class against the rest, averaged; with two classes each of them has the same AUC.
    one_by_one = [roc_auc_score(labels == c, probabilities[:, c]) for c in range(classes)]
    assert found["auc"] == pytest.approx(np.mean(one_by_one))
    assert found["n_test"] == len(labels)


def test_score__balanced_accuracy_is_not_fooled_by_a_large_class():
    found = score(np.tile([0.9, 0.1], (100, 1)), np.array([0] * 95 + [1] * 5))
    assert found["accuracy"] == 0.95
    assert found["balanced_accuracy"] == 0.5
    assert found["auc"] == 0.5


def test_score__is_json_ready():
    found = score(np.array([[0.9, 0.1], [0.2, 0.8]]), np.array([0, 1]))
    assert {type(value) for value in found.values()} == {int, float}


@pytest.mark.parametrize("labels", [[0, 0], [1, 1], [0, 2]])
def test_score__raises_on_an_absent_class(labels):
    probabilities = np.full((2, 3 if 2 in labels else 2), 0.5)
    with pytest.raises(ValueError, match="absent from the test set"):
        score(probabilities, np.array(labels))


def test_recovery__by_hand():
    # Table 1 of the paper, MLP classifier on the MLP dataset: 84.71 of 87.60.
    assert recovery(0.8471, 0.8760) == pytest.approx(0.96701, abs=1e-5)
    assert chance_corrected_recovery(0.8471, 0.8760, 2) == pytest.approx(0.3471 / 0.3760)
    assert chance_corrected_recovery(0.8398, 0.9023, 26) == pytest.approx(
        (0.8398 - 1 / 26) / (0.9023 - 1 / 26)
    )


def test_recovery__guessing_recovers_nothing_above_chance():
    assert chance_corrected_recovery(0.5, 0.9, 2) == 0
    assert chance_corrected_recovery(0.4, 0.9, 2) == pytest.approx(-0.25)
    assert chance_corrected_recovery(0.9, 0.9, 2) == recovery(0.9, 0.9) == 1


@pytest.mark.parametrize(("real", "classes"), [(0.5, 2), (0.49, 2), (0.0, 2), (0.25, 4)])
def test_chance_corrected_recovery__is_nan_where_real_is_at_or_below_chance(real, classes):
    assert math.isnan(chance_corrected_recovery(0.6, real, classes))


def test_recovery__is_nan_where_real_is_zero():
    assert math.isnan(recovery(0.5, 0.0))
