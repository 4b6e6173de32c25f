"""The judge against other implementations; the job; what is written of its result."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
import yaml
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from snakemake.utils import update_config

from genodiff.evaluation.base import Comparison
from genodiff.evaluation.neighbours.rows import rows_of
from genodiff.evaluation.neighbours.search import Budget
from genodiff.formats.tensors import GeneFeatures, Individuals, Layout, unpack, write_individuals
from genodiff.runtime.errors import InputError
from genodiff.runtime.signals import Stopped
from genodiff.tuning import job
from genodiff.tuning.collect import COLUMNS, collect
from genodiff.tuning.evaluate import TuneFiles
from genodiff.tuning.job import tune_job
from genodiff.tuning.judge import CLOSENESS, Judge
from genodiff.workflow.recipes import resolve
from genodiff.workflow.settings import load

ROOT = Path(__file__).resolve().parents[3]
SETTINGS = Comparison(nearest=5, repeats=3, planted_share=0.1, attack_repeats=2, memory_mb=256)
GENES, COMPONENTS = 4, 3
pytestmark = pytest.mark.usefixtures("torch_settings")


@pytest.fixture
def layout():
    own = [0.0] * COMPONENTS
    genes = [GeneFeatures(f"g{i}", "1", 5, own, [1.0] * COMPONENTS) for i in range(GENES)]
    return Layout(genes, GENES, COMPONENTS, ["a", "b", "c"])


def people(layout, count, seed, effect=1.0):
    """Individuals of three classes, whose means differ in the first gene; every tenth has no label."""
    rng = np.random.default_rng(seed)
    numbers = np.arange(count) % 3
    x = rng.standard_normal((count, GENES, COMPONENTS)).astype(np.float32)
    x[:, 0, 0] += effect * (numbers == 1)
    x[:, 0, 1] += effect * (numbers == 2)
    labels = [None if i % 10 == 9 else layout.classes[n] for i, n in enumerate(numbers)]
    return Individuals([f"S{seed}_{i}" for i in range(count)], labels, x)


@pytest.fixture
def judge(layout):
    train, validation = people(layout, 400, 1), people(layout, 150, 2)
    return Judge(layout, train, validation, SETTINGS, Budget(256, torch.device("cpu")), 3)


def features(individuals, layout):
    numbers = layout.class_numbers(individuals.labels)
    known = numbers < 3
    return individuals.x.reshape(len(numbers), -1)[known], numbers[known]


def test_judge__recovery_is_that_of_another_implementation(judge, layout):
    drawn = features(people(layout, 300, 5), layout)
    found = judge.worth(*drawn)

    def auc(x, numbers):
        rule = LogisticRegression(C=1e-3, class_weight="balanced", max_iter=1000).fit(x, numbers)
        x_held, held = features(people(layout, 150, 2), layout)
        return roc_auc_score(held, rule.predict_proba(x_held), multi_class="ovr") - 0.5

    real = auc(*features(people(layout, 400, 1), layout))
    assert found["recovery"] == pytest.approx(auc(*drawn) / real)
    assert judge.real[0] == pytest.approx(real + 0.5)
    # Of other validation individuals it varies about as much as its standard error says.
    assert 0.01 < found["recovery_se"] < 0.3


def test_judge__random_labels_recover_nothing_and_copies_are_found(judge, layout):
    x, numbers = features(people(layout, 300, 5), layout)
    shuffled = np.random.default_rng(0).permutation(numbers)
    lost, copied = judge.worth(x, shuffled), judge.worth(judge.x, judge.numbers)
    assert abs(lost["recovery"]) < 0.5
    assert lost["excess"] <= 0
    assert copied["recovery"] == pytest.approx(1)
    assert copied["recovery_se"] == pytest.approx(0, abs=1e-9)
    assert copied["excess"] > 0.1
    # Nobody is closer to training individuals than they themselves: AA against validation is the null's.
    assert copied["closeness"] == pytest.approx(0, abs=1e-9)


def test_judge__a_few_copies_are_found_though_the_strongest_attack_does_not_see_them(judge, layout):
    """Eight copies among 300: the AUC of no attack is above its null."""
    x, numbers = features(people(layout, 330, 5), layout)
    x[:8], numbers[:8] = judge.x[:8], judge.numbers[:8]
    found = judge.worth(x, numbers)
    assert found["attack_low"] < 0.5
    assert "copies" in found["finds"].split(", ")
    assert found["excess"] > 0
    assert judge.worth(*features(people(layout, 330, 5), layout))["finds"] == ""


def test_judge__too_few_validation_individuals_are_an_error_and_no_all_clear(layout, judge):
    with pytest.raises(InputError, match="3 validation individuals of class 'a', and at least 4"):
        Judge(
            layout, people(layout, 400, 1), people(layout, 9, 2), SETTINGS,
            Budget(256, torch.device("cpu")), 3,
        )  # fmt: skip
    attacks = judge.null_attacks.assign(auc_low=np.nan)
    with pytest.raises(InputError, match="validation individuals are too few for an attack"):
        judge._findings(attacks)


def test_judge__a_class_without_individuals_is_an_error(layout):
    some = people(layout, 60, 2)
    two = replace(some, labels=[None if label == "c" else label for label in some.labels])
    with pytest.raises(InputError, match="0 validation individuals of class 'c'"):
        Judge(layout, people(layout, 400, 1), two, SETTINGS, Budget(256, torch.device("cpu")), 3)


def test_judge__the_standard_error_of_a_recovery_is_finite_where_there_is_hardly_a_signal(layout):
    train, validation = people(layout, 400, 1, effect=0.1), people(layout, 60, 8, effect=0.1)
    own = Judge(layout, train, validation, SETTINGS, Budget(256, torch.device("cpu")), 3)
    real = np.full(1001, 0.52)
    real[1:] += np.random.default_rng(0).normal(0, 0.03, 1000)
    own.__dict__["real"] = real
    x, numbers = features(people(layout, 300, 5, effect=0.1), layout)
    ratio, error = own._recovery(x, numbers)
    areas = own.areas(x, numbers)
    assert ratio == pytest.approx((areas[0] - 0.5) / 0.02)
    # By the difference of both, and not by ratios whose denominator is near 0.
    assert error == pytest.approx(((areas - 0.5) - ratio * (real - 0.5))[1:].std(ddof=1) / 0.02)
    assert np.std((areas - 0.5) / (real - 0.5)) > 3 * error


def test_judge__distance_is_that_of_both_accuracies_from_the_null(judge, layout):
    x, numbers = features(people(layout, 300, 5), layout)
    found, far = judge.worth(x, numbers), judge.worth(x + 9, numbers)
    differences = [abs(found[name] - judge.null[name]) for name in CLOSENESS]
    assert found["closeness"] == pytest.approx(np.mean(differences))
    assert found["closeness"] < 0.2
    assert [far[name] for name in CLOSENESS] == [1, 1]
    rows = {row["measure"]: row for row in judge.near.against_test(rows_of(x, numbers))}
    errors = [rows[name]["se"] for name in CLOSENESS]
    assert found["closeness_se"] == pytest.approx(np.sqrt(np.square(errors).sum()) / 2)
    assert found["closeness_se"] > 0.01


def test_judge__raises_where_there_is_nothing_to_recover(layout):
    train, validation = people(layout, 400, 1), people(layout, 150, 2)
    turned = {"a": "b", "b": "c", "c": "a", None: None}
    wrong = replace(validation, labels=[turned[label] for label in validation.labels])
    own = Judge(layout, train, wrong, SETTINGS, Budget(256, torch.device("cpu")), 3)
    with pytest.raises(InputError, match="nothing for synthetic individuals to recover"):
        own.real  # noqa: B018


@pytest.fixture
def files(layout, tmp_path):
    layout.write(tmp_path / "layout.json")
    for name, count, seed in (("train", 200, 1), ("validation", 90, 2)):
        write_individuals(tmp_path / f"{name}.parquet", layout, [people(layout, count, seed)])
        unpack(tmp_path / f"{name}.parquet", layout, tmp_path / f"{name}.npy")
    paths = {f"{n}{x}": str(tmp_path / f"{n}.{e}") for n in ("train", "validation")
             for x, e in (("", "parquet"), ("_x", "npy"))}  # fmt: skip
    return TuneFiles(layout=str(tmp_path / "layout.json"), **paths)


def configuration(**more):
    config = {}
    for name in ("config/config.yaml", "tests/workflow/tiny.yaml"):
        update_config(config, yaml.safe_load((ROOT / name).read_text()))
    return config | more


def run(files, folder, trials, worker=0, seed=4, code="a"):
    entry = load(configuration())["generators"]["baseline"]
    output = folder / f"worker{worker}.json"
    tune_job(
        files=files, folder=folder, output=output, generator="baseline", backbone="baseline",
        settings=entry["settings"], diffusion=entry["diffusion"], trials=trials, worker=worker,
        comparison=SETTINGS, seed=seed, device="cpu", threads=1, memory_mb=64, code=code,
    )  # fmt: skip
    return json.loads(output.read_text())


def without_time(result):
    return [{k: v for k, v in row.items() if k != "cpu_seconds"} for row in result["trials"]]


@pytest.mark.slow
def test_tune_job__the_same_again_and_anew_with_other_code(files, tmp_path):
    one, two = run(files, tmp_path / "one", 3), run(files, tmp_path / "two", 2)
    assert without_time(one)[:2] == without_time(two)
    went_on = run(files, tmp_path / "two", 3)
    assert without_time(went_on) == without_time(one)
    assert run(files, tmp_path / "two", 3) == went_on
    assert [row["default"] for row in one["trials"]] == [True, False, False]
    # Other seconds: it was done anew.
    assert run(files, tmp_path / "two", 3, code="b")["trials"] != went_on["trials"]
    text = "".join(path.read_text() for path in (tmp_path / "two").glob("*.json*"))
    assert "S1_0" not in text


@pytest.mark.slow
def test_tune_job__a_request_to_stop_says_where_the_trials_are(files, tmp_path, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(job.Evaluation, "__call__", stop)
        with pytest.raises(Stopped, match="finished trials are in"):
            run(files, tmp_path / "own", 2)
    assert [row["state"] for row in run(files, tmp_path / "own", 2)["trials"]] == ["complete"] * 2


def made(numbers, **worth):
    """A result of a worker with trials whose recovery is given."""
    full = {
        "recovery_se": 0.01, "closeness": 0.1, "closeness_se": 0.02, "excess": -0.1, "finds": "",
        "aa_truth": 0.6, "aa_syn": 0.5, "attack": 0.5, "attack_low": 0.4, "attack_high": 0.6,
        "denoising_error": 0.1, "best_epoch": 2,
    }  # fmt: skip
    trials = [
        {
            "number": k, "state": "complete", "default": k == 0, "worker": 0, "reason": None,
            "parameters": {}, "errors": {"1": 0.2}, "cpu_seconds": 1.5,
            "changes": {"settings": {"width": 64}, "diffusion": {"prediction": "x0", "guidance": 1.0}},
            "worth": full | {"recovery": value} | worth,
        }
        for k, value in enumerate(numbers)
    ]  # fmt: skip
    null = {"aa_truth": 0.5, "aa_syn": 0.5, "attack": 0.5, "attack_low": 0.4, "attack_high": 0.6}
    return {"generator": "baseline", "auc_real": 0.8, "null": null, "trials": trials}


def collected(folder, results):
    config = load(configuration())
    entry, shared = config["generators"]["baseline"], resolve(config["diffusion"])
    own = {k: v for k, v in entry["diffusion"].items() if v != shared[k]}
    table, best = folder / "tuning.tsv", folder / "best.yaml"
    collect(results=results, entries={"baseline": entry}, own={"baseline": own}, table=table, best=best)
    return pd.read_csv(table, sep="\t"), best


def test_collect__best_yaml_is_a_configuration_of_both(tmp_path):
    table, best = collected(tmp_path, [made([0.5, 0.9, 0.7])])
    assert list(table.columns) == COLUMNS
    assert table["chosen"].tolist() == table["front"].tolist() == [False, True, False]
    assert table["default"].tolist() == [True, False, False]
    config = configuration()
    update_config(config, yaml.safe_load(best.read_text()))
    del config["tuning"]
    found = load(config)["generators"]
    tuned, default = found["baseline_tuned"], found["baseline"]
    assert tuned["settings"] == default["settings"] | {"width": 64}
    assert tuned["diffusion"] == default["diffusion"] | {"prediction": "x0"}
    assert tuned["title"] == "Baseline, tuned"
    # What was not searched follows the configuration.
    config["diffusion"]["epochs"] = 7
    found = load(config)["generators"]
    assert [found[n]["diffusion"]["epochs"] for n in ("baseline", "baseline_tuned")] == [7, 7]


def test_collect__without_a_feasible_trial_there_is_a_comment_and_a_warning(tmp_path, caplog):
    table, best = collected(tmp_path, [made([0.5, 0.9], excess=0.02)])
    assert not table["chosen"].any()
    assert yaml.safe_load(best.read_text()) == {}
    assert "# baseline: no trial" in best.read_text()
    assert "nothing is chosen" in caplog.text
    config = configuration()
    update_config(config, yaml.safe_load(best.read_text()))
    assert "baseline_tuned" not in load(config)["generators"]


def test_collect__the_worker_that_ended_last_has_all_trials(tmp_path):
    whole, early = made([0.5, 0.9, 0.7]), made([0.5, 0.9, 0.7])
    early["trials"][2] |= {"state": "running", "worth": {}}
    for results in ([whole, early], [early, whole]):
        table, _ = collected(tmp_path, results)
        assert table["state"].tolist() == ["complete"] * 3
