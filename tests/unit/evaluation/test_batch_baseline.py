"""What the batch alone predicts, against scikit-learn's naive Bayes and by hand."""

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.naive_bayes import CategoricalNB

from genodiff.evaluation.batch_baseline import batch_baseline_job, batch_probabilities
from genodiff.formats.split import write_split


def split_of(counts):
    """A split from `(set, label, batch): individuals`, in random order."""
    rows = [key for key, count in counts.items() for _ in range(count)]
    frame = pd.DataFrame(rows, columns=["set", "label", "batch"]).sample(frac=1, random_state=0)
    return frame.assign(sample=[f"p{i}" for i in range(len(frame))])


@pytest.fixture
def job(tmp_path):
    """Function: counts as of `split_of` to the job's result."""

    def run(counts):
        write_split(tmp_path / "split.tsv", split_of(counts))
        batch_baseline_job(tmp_path / "split.tsv", tmp_path / "batch_baseline.json")
        return json.loads((tmp_path / "batch_baseline.json").read_text())

    return run


@pytest.mark.parametrize("classes", [2, 3])
def test_batch_probabilities__are_those_of_naive_bayes_with_equal_priors(classes):
    rng = np.random.default_rng(classes)
    labels = rng.choice(classes, 400, p=[0.7, 0.3, 0.0][:classes] if classes == 2 else [0.6, 0.3, 0.1])
    numbers = (labels + rng.integers(0, 4, 400)) % 5
    batches = np.array(list("edcba"))[numbers]
    found = batch_probabilities(batches, labels, batches, classes)
    oracle = CategoricalNB(alpha=1e-12, force_alpha=True, class_prior=np.full(classes, 1 / classes))
    expected = oracle.fit(numbers[:, None], labels).predict_proba(numbers[:, None])
    np.testing.assert_allclose(found, expected, atol=1e-8)
    np.testing.assert_allclose(found.sum(1), 1)


@pytest.mark.parametrize("batch", ["a", "m", "z", ""])
def test_batch_probabilities__an_unseen_batch_is_guessed_the_larger_class(batch):
    batches, labels = np.array(["c", "c", "p", "p", "p"]), np.array([0, 0, 1, 1, 1])
    found = batch_probabilities(batches, labels, np.array([batch]), 2)
    np.testing.assert_allclose(found, 0.5, atol=1e-8)
    assert found.argmax() == 1
    # As is a batch that all classes have the same part of.
    even = batch_probabilities(
        np.array(list("xyxyxy")), np.array([0, 0, 1, 1, 1, 1]), np.array(["x"]), 2
    )
    assert even.argmax() == 1


def test_batch_probabilities__raises_on_a_class_without_individuals():
    with pytest.raises(ValueError, match="no training individual"):
        batch_probabilities(np.array(["x"]), np.array([0]), np.array(["x"]), 2)


def test_batch_only_job__accuracy_by_hand(job):
    found = job(
        {
            ("train", "case", "x"): 60, ("train", "case", "y"): 40,
            ("train", "control", "y"): 300, ("train", "control", "x"): 100,
            ("validation", "control", "x"): 50, ("unlabelled", None, "x"): 70,
            ("test", "case", "x"): 14, ("test", "case", "y"): 6,
            ("test", "control", "x"): 3, ("test", "control", "y"): 16, ("test", "control", "z"): 1,
        }
    )  # fmt: skip
    # x means case (60% of the cases, 25% of the controls), y control, z is guessed to be a control.
    assert (found["n_train"], found["n_test"], found["classes"]) == (500, 40, 2)
    assert found["accuracy"] == pytest.approx((14 + 16 + 1) / 40)
    assert found["balanced_accuracy"] == pytest.approx((14 + 16 + 1) / 40)
    # Ranks: case x 14, y 6; control x 3, z 1 between, y 16.
    pairs = 14 * (16 + 1) + 0.5 * 14 * 3 + 0.5 * 6 * 16
    assert found["auc"] == pytest.approx(pairs / 400)
    # Wilson's interval of 31 of 40, from its formula.
    z, p, n = 1.959964, 31 / 40, 40
    middle = (p + z**2 / 2 / n) / (1 + z**2 / n)
    half = z * np.sqrt(p * (1 - p) / n + z**2 / 4 / n**2) / (1 + z**2 / n)
    assert found["wilson_low"] == pytest.approx(middle - half, abs=1e-6)
    assert found["wilson_high"] == pytest.approx(middle + half, abs=1e-6)


def test_batch_only_job__test_individuals_teach_it_nothing(job):
    train = {("train", "case", "x"): 30, ("train", "control", "y"): 30}
    right = job(train | {("test", "case", "x"): 5, ("test", "control", "y"): 5})
    wrong = job(train | {("test", "case", "y"): 5, ("test", "control", "x"): 5})
    assert (right["accuracy"], wrong["accuracy"]) == (1, 0)


def test_batch_only_job__many_classes_and_individuals_without_a_batch(job):
    counts = {("train", f"pop{i}", batch): 5 for i, batch in enumerate(["", "x", "y"])}
    found = job(counts | {("test", f"pop{i}", batch): 2 for i, batch in enumerate(["", "x", "y"])})
    assert found["classes"] == 3
    assert found["accuracy"] == found["auc"] == 1


def test_batch_only_job__is_chance_where_batches_are_balanced_in_the_test_set(job):
    train = {("train", "case", "x"): 90, ("train", "case", "y"): 10, ("train", "control", "y"): 300}
    test = {("test", c, batch): n for c in ("case", "control") for batch, n in {"x": 7, "y": 3}.items()}
    found = job(train | test)
    for name in ("accuracy", "balanced_accuracy", "auc"):
        assert found[name] == pytest.approx(0.5)
