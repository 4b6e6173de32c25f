"""Accuracy and what goes with it, against statsmodels, scikit-learn and numbers by hand."""

import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sklearn.metrics import balanced_accuracy_score, roc_auc_score
from statsmodels.stats.proportion import proportion_confint

from genodiff.evaluation.accuracy import chance_corrected_recovery, recovery, score, wilson_interval


@given(individuals=st.integers(1, 5000), share=st.floats(0, 1), confidence=st.sampled_from([0.8, 0.95]))
@example(individuals=1, share=1, confidence=0.95)
def test_wilson__agrees_with_statsmodels(individuals, share, confidence):
    correct = round(share * individuals)
    theirs = proportion_confint(correct, individuals, alpha=1 - confidence, method="wilson")
    found = wilson_interval(correct, individuals, confidence)
    assert found == pytest.approx(theirs, abs=1e-12)
    assert 0 <= found[0] <= correct / individuals <= found[1] <= 1


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
    correct = (predicted == labels).sum()
    limits = proportion_confint(correct, len(labels), method="wilson")
    assert (found["wilson_low"], found["wilson_high"]) == pytest.approx(limits)
    rate = correct / len(labels)
    assert found["se"] == pytest.approx(np.sqrt(rate * (1 - rate) / len(labels)))
    assert {type(value) for value in found.values()} == {int, float}  # for JSON


@pytest.mark.parametrize("labels", [[0, 0], [1, 1], [0, 2]])
def test_score__raises_on_an_absent_class(labels):
    probabilities = np.full((2, 3 if 2 in labels else 2), 0.5)
    with pytest.raises(ValueError, match="absent from the test set"):
        score(probabilities, np.array(labels))


def test_score__raises_on_nan():
    with pytest.raises(ValueError, match="not a number"):
        score(np.array([[0.5, 0.5], [np.nan, np.nan]]), np.array([0, 1]))


@pytest.mark.parametrize(
    ("synthetic", "real", "classes", "share", "corrected"),
    [
        # Table 1 of the paper, MLP classifier on the MLP dataset: 84.71 of 87.60.
        (0.8471, 0.8760, 2, 0.96701, 0.3471 / 0.3760),
        (0.8398, 0.9023, 26, 0.8398 / 0.9023, (0.8398 - 1 / 26) / (0.9023 - 1 / 26)),
        (0.5, 0.9, 2, 5 / 9, 0),
        (0.4, 0.9, 2, 4 / 9, -0.25),
        (0.9, 0.9, 2, 1, 1),
        # Real individuals at chance or below it.
        (0.6, 0.5, 2, 1.2, math.nan),
        (0.6, 0.49, 2, 0.6 / 0.49, math.nan),
        (0.6, 0.25, 4, 2.4, math.nan),
        (0.5, 0.0, 2, math.nan, math.nan),
    ],
)
def test_recovery__by_hand(synthetic, real, classes, share, corrected):
    found = recovery(synthetic, real), chance_corrected_recovery(synthetic, real, classes)
    assert found == pytest.approx((share, corrected), abs=1e-5, nan_ok=True)
