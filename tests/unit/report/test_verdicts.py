"""Verdicts by hand, on both sides of each threshold."""

import math

import pandas as pd
import pytest

from genodiff.report.verdicts import judge_closeness, judge_use, verdicts
from genodiff.tables.nn_adversarial import LONG_COLUMNS
from genodiff.tables.privacy import PRIVACY_COLUMNS
from genodiff.tables.read import read_long
from genodiff.tables.table1 import LONG_COLUMNS as TABLE1_COLUMNS


def accuracy(value, se=0.02):
    return pd.Series({"accuracy": value, "se": se})


@pytest.mark.parametrize(
    ("own", "word", "recovery"),
    [(0.80, "yes", 1.0), (0.741, "yes", 0.80333), (0.739, "partly", 0.79667), (0.621, "partly", 0.40333),
     (0.619, "no", 0.39667), (0.51, "no", 0.03333)],
)  # fmt: skip
def test_judge_use__by_chance_corrected_recovery(own, word, recovery):
    answer, found = judge_use(accuracy(own), accuracy(0.8), 0.5)
    assert answer.word == word
    assert found == pytest.approx(recovery, abs=1e-4)
    assert f"{recovery:.0%}" in answer.why


def test_judge_use__within_one_standard_error_of_guessing_is_no_whatever_the_recovery():
    # Real individuals teach little: 51.9% is 63% of it, and still no more than guessing.
    answer, recovery = judge_use(accuracy(0.519), accuracy(0.53, 0.01), 0.5)
    assert recovery == pytest.approx(19 / 30)
    assert answer.word == "no"
    assert "within one standard error of guessing" in answer.why


def test_judge_use__nothing_to_recover():
    answer, recovery = judge_use(accuracy(0.6), accuracy(0.51), 0.5)
    assert answer.word == "undetermined"
    assert math.isnan(recovery)


@pytest.mark.parametrize(
    ("own", "word", "way"),
    [
        ((0.55, 0.45), "yes", ""),
        ((0.6, 0.4), "yes", ""),
        ((0.7, 0.7), "partly", "separated from"),
        ((0.76, 0.5), "no", "scattered around"),
        ((0.0, 1.0), "no", "in the centre of the real ones"),
        ((0.2, 0.2), "no", "as copies would be"),
        ((0.9, 0.9), "no", "separated from"),
        ((0.5, 0.8), "no", "not distributed"),
    ],
)
def test_judge_closeness__by_the_worse_of_the_two(own, word, way):
    answer = judge_closeness(own, (0.5, 0.5))
    assert answer.word == word
    assert way in answer.why


def test_judge_closeness__is_against_the_null_not_one_half():
    assert judge_closeness((0.7, 0.3), (0.7, 0.3)).word == "yes"
    assert judge_closeness((0.5, 0.5), (0.9, 0.5)).word == "no"


def test_verdicts__of_every_generator(finished):
    sources = finished.sources
    found = verdicts(
        read_long(sources.table1, TABLE1_COLUMNS), read_long(sources.table3, LONG_COLUMNS),
        read_long(sources.privacy, PRIVACY_COLUMNS), finished.generators, 0.5,
    )  # fmt: skip
    assert [(v.name, v.kind, v.useful.tone, v.close.tone, v.private.word) for v in found] == [
        ("unet_mlp", "diffusion", "good", "bad", "leaks"),
        ("unet_cnn", "diffusion", "bad", "good", "nothing found by these attacks"),
        ("copies", "mosaic", "good", "bad", "copies by construction"),
        ("theirs", "external", "middling", "bad", "nothing found by these attacks"),
    ]
    assert [v.recovery for v in found] == pytest.approx([5 / 6, 1 / 30, 29 / 30, 1 / 2])
