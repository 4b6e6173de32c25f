"""Verdicts by hand, on both sides of each threshold."""

import math

import pandas as pd
import pytest

from genodiff.report.verdicts import judge_closeness, judge_copies, judge_use, verdicts
from genodiff.tables.nn_adversarial import LONG_COLUMNS, PRIVACY_COLUMNS
from genodiff.tables.read import read_long
from genodiff.tables.table1 import LONG_COLUMNS as TABLE1_COLUMNS


def accuracy(value, se=0.02):
    return pd.Series({"accuracy": value, "se": se})


def attack(auc, half=0.03, rate=0.01):
    return pd.Series(
        {"auc": auc, "auc_low": auc - half, "auc_high": auc + half, "tpr_at_fpr_1": rate, "members": 400}
    )


PLANTED = attack(0.54, rate=0.1)


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


def test_judge_copies__by_the_lower_limit():
    assert judge_copies(attack(0.54), attack(0.5), PLANTED, "diffusion").word == "signs of copying"
    no = judge_copies(attack(0.52), attack(0.5), PLANTED, "diffusion")
    assert no.word == "no sign in this attack"
    assert "no proof" in no.why


@pytest.mark.parametrize(
    ("kind", "what"), [("mosaic", "whole genes"), ("independent", "component scores")]
)
def test_judge_copies__some_references_are_copies_by_construction(kind, what):
    answer = judge_copies(attack(0.45), attack(0.5), PLANTED, kind)
    assert answer.word == "yes"
    assert f"By construction its individuals consist of {what}" in answer.why


def test_judge_copies__an_attack_that_finds_unseen_individuals_tells_nothing():
    assert judge_copies(attack(0.9), attack(0.6), PLANTED, "external").word == "undetermined"


@pytest.mark.parametrize(
    ("own", "null", "planted", "word"),
    [
        # The rate counts where the AUC shows nothing.
        (attack(0.52, rate=0.1), attack(0.5), PLANTED, "signs of copying"),
        (attack(0.52, rate=0.02), attack(0.5), PLANTED, "no sign in this attack"),
        # So it does in the positive control.
        (attack(0.5), attack(0.5), attack(0.51, rate=0.1), "no sign in this attack"),
        (attack(0.5), attack(0.5), attack(0.52, rate=0.02), "undetermined"),
        (attack(0.54), attack(0.5), attack(0.52, rate=0.02), "signs of copying"),
        (attack(0.5), attack(0.4), PLANTED, "undetermined"),
        (attack(0.6), attack(0.4), PLANTED, "signs of copying"),
    ],
)
def test_judge_copies__an_attack_without_power_gives_no_all_clear(own, null, planted, word):
    assert judge_copies(own, null, planted, "diffusion").word == word


def test_verdicts__of_every_generator(finished):
    sources = finished.sources
    found = verdicts(
        read_long(sources.table1, TABLE1_COLUMNS), read_long(sources.table3, LONG_COLUMNS),
        read_long(sources.privacy, PRIVACY_COLUMNS), finished.generators, 0.5,
    )  # fmt: skip
    assert [(v.name, v.kind, v.useful.tone, v.close.tone, v.copies.tone) for v in found] == [
        ("unet_mlp", "diffusion", "good", "bad", "bad"),
        ("unet_cnn", "diffusion", "bad", "good", "good"),
        ("copies", "mosaic", "good", "bad", "bad"),
        ("theirs", "external", "middling", "bad", "good"),
    ]
    assert [v.recovery for v in found] == pytest.approx([5 / 6, 1 / 30, 29 / 30, 1 / 2])
