"""Verdicts by hand, on both sides of each threshold."""

import math

import pandas as pd
import pytest

from genodiff.report.content import components_warning
from genodiff.report.verdicts import (
    GENETIC,
    RELEASE,
    judge_closeness,
    judge_faithfulness,
    judge_use,
    leaking_components,
    verdicts,
)
from genodiff.tables.fidelity import LONG_COLUMNS as FIDELITY_COLUMNS
from genodiff.tables.nn_adversarial import LONG_COLUMNS
from genodiff.tables.privacy import PRIVACY_COLUMNS, STATES
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


@pytest.mark.parametrize("real", [(0.51, 0.02), (0.53, 0.016)])
def test_judge_use__nothing_to_recover(real):
    answer, recovery = judge_use(accuracy(0.6), accuracy(*real), 0.5)
    assert (answer.word, answer.tone) == ("undetermined", "unknown")
    assert math.isnan(recovery)


@pytest.mark.parametrize(
    ("own", "word"), [(0.547, "undetermined"), (0.523, "undetermined"), (0.5, "no")]
)
def test_judge_use__an_interval_that_contains_both_limits_decides_nothing(own, word):
    """The paper's size: real individuals teach 54.8%, with a standard error of 1.55."""
    answer, recovery = judge_use(accuracy(own, 0.0155), accuracy(0.548, 0.0155), 0.5)
    assert answer.word == word
    assert recovery == pytest.approx((own - 0.5) / 0.048)


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
        read_long(sources.privacy, PRIVACY_COLUMNS), None, finished.generators, 0.5,
    )  # fmt: skip
    assert [(v.name, v.kind, v.useful.tone, v.close.tone, v.private.word) for v in found] == [
        ("unet_mlp", "diffusion", "good", "bad", "leaks"),
        ("unet_cnn", "diffusion", "bad", "good", "nothing found by these attacks"),
        ("copies", "mosaic", "good", "bad", "copies by construction"),
        ("theirs", "external", "middling", "bad", "nothing found by these attacks"),
    ]
    assert [v.recovery for v in found] == pytest.approx([5 / 6, 1 / 30, 29 / 30, 1 / 2])
    assert {v.faithful.word for v in found} == {"not judged"}
    first = found[0]
    # Half the width of the interval: 1.96 sqrt(0.02^2 + (5/6 0.02)^2) / 0.3 = 0.17.
    assert first.useful.number == "recovery 83% (66% to 100%)"
    assert first.close.number == "AA_truth 0.10 (0.06 to 0.14), AA_syn 0.99 (0.95 to 1.03)"
    assert first.close.null.startswith("AA_truth 0.50 (0.46 to 0.54)")
    found = "1.0% found at 1% false positives"
    # The attack that decides.
    assert first.private.number == f"Nearest synthetic individual: AUC 0.62 (0.59 to 0.65), {found}"
    assert first.private.null == f"AUC 0.50 (0.47 to 0.53), {found}"


def test_verdicts__numbers_are_those_of_the_seed_that_decides(finished):
    sources = finished.sources
    table3, privacy = (
        pd.concat([table, table.assign(seed=1)])
        for table in (
            read_long(sources.table3, LONG_COLUMNS), read_long(sources.privacy, PRIVACY_COLUMNS),
        )
    )  # fmt: skip
    better = (privacy["seed"] == 0) & (privacy["dataset"] == "unet_mlp")
    privacy.loc[better, ["auc", "auc_low", "auc_high"]] = 0.5, 0.47, 0.53
    table1 = read_long(sources.table1, TABLE1_COLUMNS)
    first = verdicts(table1, table3, privacy, None, finished.generators, 0.5)[0]
    assert first.private.word == "leaks"
    assert first.private.why.startswith("Seed 1: ")
    assert "AUC 0.62 (0.59 to 0.65)" in first.private.number


def test_leaking_components__of_those_whose_genotypes_are_clean(finished):
    sources = finished.sources
    table1, table3, privacy = (
        read_long(sources.table1, TABLE1_COLUMNS), read_long(sources.table3, LONG_COLUMNS),
        read_long(sources.privacy, PRIVACY_COLUMNS),
    )  # fmt: skip
    # As genotypes everything has the numbers of the CNN, in which nothing is found, but "theirs".
    of = {"unet_mlp": "unet_cnn", "unet_cnn": "unet_cnn", "theirs": "unet_mlp"}
    decoded = [
        pd.concat([t, *(t[t["dataset"] == b].assign(dataset=f"{a}.genotypes") for a, b in of.items())])
        for t in (table1, table3, privacy)
    ]
    entries = {f"{name}.genotypes": finished.generators[name] for name in of}
    judged = verdicts(*decoded, None, entries, 0.5)
    found = leaking_components(privacy, table3, judged, finished.generators)
    assert found == ["MLP"]
    assert leaking_components(privacy, table3, judged, {}) == []
    assert components_warning([]) == ""
    assert "in the components of MLP, before they are decoded" in components_warning(found)


def test_release__is_said_of_every_state_and_only_a_proof_allows_it():
    assert set(RELEASE) == {state.word for state in STATES}
    assert len(set(RELEASE.values())) == len(STATES)


def fidelity(*, null_error=0.0001, **own):
    """Rows of fidelity.long.tsv: deviations of the null 0.01, and of a dataset 0.01 times `own`."""
    rows = [
        ["made", 0, metric, number, "all", ideal + 0.01 * own.get(metric, 1), 0.0002, 80, ideal - 0.01,
         null_error]
        for metric, number, ideal in GENETIC.values()
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=FIDELITY_COLUMNS)


@pytest.mark.parametrize(
    ("times", "word", "tone"),
    [(1.4, "yes", "good"), (1.6, "partly", "middling"), (2.9, "partly", "middling"), (3.1, "no", "bad")],
)
@pytest.mark.parametrize("metric", sorted({metric for metric, _, _ in GENETIC.values()}))
def test_judge_faithfulness__by_the_worst_number_in_units_of_the_null(metric, times, word, tone):
    answer = judge_faithfulness(fidelity(**{metric: times}), "made")
    assert (answer.word, answer.tone) == (word, tone)
    assert f"{times:.1f} times the null" in answer.number
    assert judge_faithfulness(fidelity(**{metric: -times}), "made").word == word


def test_judge_faithfulness__sees_a_smaller_variance_that_the_distance_does_not():
    """The MLP at the paper's size: distance .62 (null .65), variance .76 (null 1.01, error .03)."""
    table = fidelity(null_error=0.03)
    table.loc[table["number"] == "variance_pc10", "value"] = 0.76
    answer = judge_faithfulness(table, "made")
    assert answer.word == "no"
    assert answer.number.startswith("variance of structure 0.7600")


def test_judge_faithfulness__deviations_below_the_error_of_the_null_do_not_count():
    table = fidelity(ld=5, null_error=0.03)
    assert judge_faithfulness(table, "made").word == "yes"


def test_judge_faithfulness__without_numbers_is_not_judged():
    table = fidelity()
    table["value"] = math.nan
    assert judge_faithfulness(table, "made").word == "not judged"
    assert judge_faithfulness(fidelity(), "another").word == "not judged"
