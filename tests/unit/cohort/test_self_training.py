"""Guessed labels, against a loop of our own."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from genodiff.cohort.self_training import guess_labels, guessed
from genodiff.formats.tensors import (
    GeneFeatures,
    Individuals,
    Layout,
    read_individuals,
    write_individuals,
)


@pytest.fixture
def clouds():
    """Features (240, 4) of two overlapping clouds, their classes (240,), and numbers of which a tenth is
    known."""
    rng = np.random.default_rng(1)
    truth = np.arange(240) % 2
    x = (rng.standard_normal((240, 4)) + 0.9 * truth[:, None]).astype(np.float32)
    return x, truth, np.where(np.arange(240) < 24, truth, -1)


def test_guessed__as_fitted_again_until_nobody_is_sure(clouds):
    x, _, numbers = clouds
    known = numbers.copy()
    while True:
        own = known >= 0
        scaled = (x - x[own].mean(0)) / x[own].std(0)
        model = LogisticRegression(class_weight="balanced", max_iter=1000).fit(scaled[own], known[own])
        chances = model.predict_proba(scaled)
        sure = ~own & (chances.max(1) > 0.75)
        if not sure.any():
            break
        known[sure] = chances.argmax(1)[sure]
    assert (guessed(x, numbers) == known).all()
    assert (known >= 0).sum() > 150


def test_guessed__known_labels_stay_and_most_guesses_are_right(clouds):
    x, truth, numbers = clouds
    found = guessed(x, numbers)
    assert (found[:24] == truth[:24]).all()
    new = (found >= 0) & (numbers < 0)
    assert (found[new] == truth[new]).mean() > 0.8


def test_guessed__nobody_to_guess(clouds):
    x, truth, _ = clouds
    assert guessed(x, truth) is truth


def test_guess_labels__writes_everybody_in_order(tmp_path, clouds):
    x, _, numbers = clouds
    layout = Layout(
        [GeneFeatures(name, "1", 9, [0.0] * 2, [1.0] * 2) for name in "AB"], 3, 2, ["case", "control"]
    )
    values = np.zeros((240, 3, 2), np.float32)
    values[:, layout.mask()] = x
    labels = [None if n < 0 else layout.classes[n] for n in numbers]
    layout.write(tmp_path / "layout.json")
    own = Individuals([f"S{i}" for i in range(240)], labels, values)
    write_individuals(tmp_path / "train.parquet", layout, [own])
    layout_path, train, output = (
        str(tmp_path / name) for name in ("layout.json", "train.parquet", "out.parquet")
    )
    guess_labels(layout_path=layout_path, train_path=train, output=output)
    found = read_individuals(output, layout)
    assert found.samples == own.samples
    np.testing.assert_array_equal(found.x, own.x)
    expected = [None if n < 0 else layout.classes[n] for n in guessed(x, numbers)]
    assert found.labels == expected
