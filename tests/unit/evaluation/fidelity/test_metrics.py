"""What all metrics of fidelity have in common: identical, shuffled, missing, degenerate candidates."""

import json

import numpy as np
import pytest

from genodiff.evaluation.fidelity import FIDELITY
from genodiff.evaluation.fidelity.people import CANDIDATE, TEST, TRAIN

IDEAL = {
    ("frequency", "correlation"): 1, ("frequency", "mean_difference"): 0,
    ("frequency", "largest_difference"): 0, ("frequency", "monomorphic"): 0,
    ("heterozygosity", "ratio"): 1, ("ld", "r2_correlation"): 1, ("ld", "r2_bias"): 0,
    ("ld", "score_correlation"): 1, ("ld", "score_ratio"): 1, ("association", "z_correlation"): 1,
    ("association", "effect_correlation"): 1, ("association", "top_overlap"): 1,
}  # fmt: skip


@pytest.mark.parametrize("name", FIDELITY)
def test_numbers_are_finite_and_do_not_depend_on_blocks(name, sets, compare):
    null = compare(name, sets)
    assert null.rows
    for row in null.rows.values():
        assert row["value"] is None or np.isfinite(row["value"])
        assert row["se"] is None or row["se"] >= 0
        assert row["n"] in (80, 100, 240)
    again = compare(name, sets, rows=1000)
    assert again.rows.keys() == null.rows.keys()
    for key, row in again.rows.items():
        assert row["value"] == pytest.approx(null.rows[key]["value"], abs=1e-6), key


@pytest.mark.parametrize("name", FIDELITY)
def test_curves_are_small_and_can_be_written(name, sets, compare):
    """Thinned points and binned curves: far fewer numbers than the 400 x 400 genotypes."""
    curves = compare(name, sets).metric.curves()
    text = json.dumps(curves, allow_nan=False)
    assert json.loads(text).keys() == curves.keys()
    assert len(text) < 400 * 400 / 4


@pytest.mark.parametrize(("name", "number"), IDEAL)
def test_candidates_that_are_the_training_individuals(name, number, draw_set, compare, monkeypatch):
    """Everybody is in every draw and in the reference."""
    monkeypatch.setattr("genodiff.evaluation.fidelity.people.SHARE", 1.0)
    one = draw_set(np.random.default_rng(1), 200)
    run = compare(name, {TRAIN: one, TEST: one, CANDIDATE: one})
    assert run[number] == pytest.approx(IDEAL[name, number], abs=1e-6)
    assert run.rows[number, "all"]["se"] is None
    assert run.rows[number, "all"]["n"] == 200


def test_shuffled_snps_have_neither_frequencies_nor_linkage(sets, compare, draw_set):
    rng = np.random.default_rng(2)
    own = draw_set(rng, 400)
    own.dosage = own.dosage[rng.permutation(len(own.dosage))]
    run = compare("frequency", sets | {CANDIDATE: own})
    assert abs(run["correlation"]) < 0.15
    run = compare("ld", sets | {CANDIDATE: own})
    assert abs(run["r2_correlation"]) < 0.1
    null = compare("ld", sets)
    assert null["r2_correlation"] > 0.7
    run = compare("association", sets | {CANDIDATE: own})
    assert abs(run["z_correlation"]) < 0.3 < compare("association", sets)["z_correlation"]


def test_labels_that_are_shuffled_have_no_association_and_no_score(sets, compare, draw_set):
    rng = np.random.default_rng(3)
    own = draw_set(rng, 400)
    good = compare("score", sets | {CANDIDATE: own})
    assert good["auc"] > 0.7
    own.labels = rng.permutation(own.labels)
    bad = compare("score", sets | {CANDIDATE: own})
    assert bad["auc"] < 0.65 < bad["auc_training"]
    assert bad["auc_training"] == good["auc_training"] == compare("score", sets)["auc"]
    assert abs(compare("association", sets | {CANDIDATE: own})["z_correlation"]) < 0.35


@pytest.mark.parametrize("name", FIDELITY)
def test_candidates_without_variation_cannot_be_judged(name, sets, compare, draw_set):
    own = draw_set(np.random.default_rng(4), 200)
    own.dosage = np.zeros_like(own.dosage)
    run = compare(name, sets | {CANDIDATE: own})
    for number in ("r2_correlation", "z_correlation", "effect_correlation", "inflation"):
        if (number, "all") in run.rows:
            assert run[number] is None
    if name == "frequency":
        assert run["monomorphic"] == 1
        assert run["correlation"] is None


@pytest.mark.parametrize("name", FIDELITY)
def test_a_cohort_without_a_frequent_snp_and_with_tiny_classes(name, compare, draw_set):
    rng = np.random.default_rng(5)
    sets = {TRAIN: draw_set(rng, 12), TEST: draw_set(rng, 4)}
    for own in sets.values():
        own.dosage = np.zeros_like(own.dosage)
    for row in compare(name, sets, repeats=2).rows.values():
        assert row["value"] is None or np.isfinite(row["value"])


@pytest.mark.parametrize("name", FIDELITY)
def test_missing_calls_of_real_individuals_are_left_out(name, sets, compare):
    """A few missing calls change numbers a little; candidates have none."""
    whole = compare(name, sets)
    rng = np.random.default_rng(6)
    for key in (TRAIN, TEST):
        dosage = sets[key].dosage.copy()
        dosage[rng.random(dosage.shape) < 0.01] = -1
        sets[key].dosage = dosage
    for key, row in compare(name, sets).rows.items():
        if row["value"] is not None and not key[0].endswith("largest"):
            assert row["value"] == pytest.approx(whole.rows[key]["value"], abs=0.12), key


def test_more_than_two_classes(sets, compare, every):
    classes = ["a", "b", "c"]
    for own in sets.values():
        own.labels = own.labels + (np.arange(len(own.labels)) % 3 == 0)
    for name in every:
        run = compare(name, sets, classes=classes, control=None)
        assert all(row["value"] is None or np.isfinite(row["value"]) for row in run.rows.values())
    run = compare("association", sets, classes=classes, control=None)
    each = [run["z_correlation", f"class {name}"] for name in classes]
    assert run["z_correlation"] == pytest.approx(np.mean(each))
