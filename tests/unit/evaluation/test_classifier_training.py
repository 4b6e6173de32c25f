"""Balanced batches, the choice of the best step, and that seeds decide everything."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tiny_classifiers import build, separable
from torch import nn

from genodiff.evaluation import classifier_training
from genodiff.evaluation.classifier_training import (
    ClassifierTraining,
    balanced_batches,
    predict,
    train_classifier,
    validation_score,
)


@given(
    sizes=st.lists(st.integers(1, 9), min_size=2, max_size=4),
    batch_size=st.integers(1, 9),
    steps=st.integers(4, 9),
    seed=st.integers(0, 99),
)
def test_balanced_batches__classes_equally_often_and_members_used_up(sizes, batch_size, steps, seed):
    labels = np.random.default_rng(seed).permutation(np.repeat(np.arange(len(sizes)), sizes))
    rows = balanced_batches(labels, len(sizes), batch_size, steps, np.random.default_rng(seed))
    assert rows.shape == (steps, batch_size)
    assert rows.dtype == np.int64
    drawn = labels[rows.ravel()]
    counts = np.bincount(drawn, minlength=len(sizes))
    assert counts.max() - counts.min() <= 1
    for number, size in enumerate(sizes):
        own = rows.ravel()[drawn == number]
        # Any stretch between two multiples of the class size holds nobody twice.
        for start in range(0, len(own), size):
            stretch = own[start : start + size]
            assert len(set(stretch.tolist())) == len(stretch)


def test_balanced_batches__few_individuals_of_a_file_count_as_much_as_many_of_another():
    # Class 2 is in the second file only.
    labels = np.array([0, 0, 1] + [0] * 40 + [1] * 20 + [2] * 10)
    files = np.array([0] * 3 + [1] * 70)
    rows = balanced_batches(labels, 3, 12, 30, np.random.default_rng(0), files).ravel()
    counts = {
        (n, f): int(((labels == n) & (files == f))[rows].sum()) for n in range(3) for f in range(2)
    }
    assert counts == {(0, 0): 60, (0, 1): 60, (1, 0): 60, (1, 1): 60, (2, 0): 0, (2, 1): 120}
    assert set(rows.tolist()) == set(range(73))


def test_balanced_batches__a_class_without_individuals_is_an_error():
    with pytest.raises(ValueError, match="no individual of class 1"):
        balanced_batches(np.array([0, 2]), 3, 4, 2, np.random.default_rng(0))


def test_balanced_batches__fewer_draws_than_classes():
    # 26 populations and one batch of 8: no class twice.
    rows = balanced_batches(np.arange(26), 26, 8, 1, np.random.default_rng(0))
    assert len(set(rows.ravel().tolist())) == 8


def test_balanced_batches__seed_decides():
    labels = np.array([0] * 9 + [1] * 3)
    one, two, other = (
        balanced_batches(labels, 2, 4, 20, np.random.default_rng(seed)) for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(one, two)
    assert not np.array_equal(one, other)


def test_balanced_batches__another_order_in_every_round():
    rows = balanced_batches(np.repeat([0, 1], 10), 2, 20, 2, np.random.default_rng(0))
    first, second = (row[row < 10].tolist() for row in rows.reshape(2, 20))
    assert first != second


def test_predict__probabilities_in_order_and_evaluation_mode():
    network = build("mlp").train()
    x = torch.randn(1100, 8, 3, generator=torch.Generator().manual_seed(0))
    probabilities = predict(network, x)
    assert not network.training
    assert probabilities.dtype == torch.float32
    torch.testing.assert_close(probabilities.sum(1), torch.ones(1100))
    # More than two internal batches, and none of them lost or swapped.
    with torch.no_grad():
        torch.testing.assert_close(probabilities, network(x).softmax(1))


def test_validation_score__by_hand():
    probabilities = torch.tensor([[0.8, 0.2], [0.6, 0.4], [0.3, 0.7], [0.9, 0.1]])
    labels = torch.tensor([0, 0, 0, 1])
    accuracy, log_likelihood = validation_score(probabilities, labels, 2)
    assert accuracy == pytest.approx((2 / 3 + 0) / 2)
    expected = (np.log([0.8, 0.6, 0.3]).mean() + np.log(0.1)) / 2
    assert log_likelihood == pytest.approx(expected, rel=1e-6)


def test_validation_score__sure_and_wrong_stays_finite():
    assert np.isfinite(validation_score(torch.tensor([[1.0, 0.0]] * 2), torch.tensor([0, 1]), 2)).all()


BUDGET = ClassifierTraining(steps=12, batch_size=4, learning_rate=1e-2, weight_decay=0.01, evaluations=3)


@pytest.fixture
def individuals():
    """Training x and labels, and the validation pair."""
    x, labels = separable(24, 3)
    held = separable(12, 3, seed=5)
    return torch.from_numpy(x), labels, tuple(map(torch.from_numpy, held))


@pytest.fixture
def scripted(monkeypatch):
    """Let validation scores be those given; collect the weights at each look."""

    def script(scores, classifier):
        left, states = list(scores), []

        def scored(*_):
            states.append({k: v.clone() for k, v in classifier.state_dict().items()})
            return left.pop(0)

        monkeypatch.setattr(classifier_training, "validation_score", scored)
        return states

    return script


@pytest.mark.parametrize(
    ("scores", "best"),
    [
        ([(0.5, -1.0), (0.9, -1.0), (0.7, -0.1)], 1),  # accuracy comes first
        ([(0.9, -0.5), (0.9, -0.7), (0.9, -0.2)], 2),  # cross-entropy decides between equals
        ([(0.9, -0.5), (0.9, -0.5), (0.1, -0.5)], 0),  # the earlier of two equals
        ([(0.0, -9.0), (0.0, -9.5), (0.0, -9.9)], 0),  # even when all are wrong
    ],
)
def test_train_classifier__keeps_the_best_evaluation(individuals, scripted, scores, best):
    classifier = build("mlp")
    states = scripted(scores, classifier)
    step, accuracy = train_classifier(classifier, *individuals, BUDGET, 0)
    assert (step, accuracy) == ([4, 8, 12][best], scores[best][0])
    for name, value in classifier.state_dict().items():
        assert torch.equal(value, states[best][name]), name
    assert not torch.equal(states[0]["last.weight"], states[2]["last.weight"])


def test_train_classifier__result_is_the_score_of_its_weights(individuals):
    classifier = build("mlp")
    _, accuracy = train_classifier(classifier, *individuals, BUDGET, 0)
    x, labels = individuals[2]
    assert accuracy == validation_score(predict(classifier, x), labels, 3)[0]


@pytest.mark.parametrize(
    ("steps", "evaluations", "looks"), [(10, 1, 1), (7, 3, 3), (3, 20, 3), (20, 20, 20)]
)
def test_train_classifier__looks_as_often_as_asked(individuals, scripted, steps, evaluations, looks):
    classifier = build("mlp")
    states = scripted([(i / 100, 0.0) for i in range(looks)], classifier)
    budget = ClassifierTraining(steps, 4, 1e-3, 0.0, evaluations)
    best_step, _ = train_classifier(classifier, *individuals, budget, 0)
    assert len(states) == looks
    assert best_step == steps  # the last look is at the end


def test_train_classifier__same_seed_same_weights_bit_by_bit(individuals):
    def weights(seed):
        classifier = build("mlp")
        train_classifier(classifier, *individuals, BUDGET, seed)
        return classifier.state_dict()

    one, two, other = (weights(seed) for seed in (0, 0, 1))
    assert all(torch.equal(one[name], two[name]) for name in one)
    assert not all(torch.equal(one[name], other[name]) for name in one)


class NeverFinite(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.tensor(float("nan")))

    def forward(self, x):
        return self.weight * x[:, 0, :]


def test_train_classifier__raises_when_predictions_were_never_finite(individuals):
    with pytest.raises(FloatingPointError, match="never finite"):
        train_classifier(NeverFinite(), *individuals, BUDGET, 0)
