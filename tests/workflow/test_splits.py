"""The analysis on another split of the same individuals (`splits: 2`), alone and in another workflow."""

import json

import pytest
import yaml
from snakemake.utils import update_config
from tables import rows

SETTINGS = {
    "splits": 2, "run_generators": ["independent"], "classifiers": ["mlp"], "release": [],
    "cohort": {"simulate": {"chromosomes": 1}}, "synthetic": {"forms": ["components"], "keep": False},
    "size": {"multiples": []}, "augmentation": {"enabled": False}, "labels": {"enabled": False},
    "quality": {"max_individual_missing": 0.5}, "privacy": {"repeats": 2},
}  # fmt: skip
FILES = ["--configfile", "tests/workflow/tiny.yaml", "splits.json"]
TABLE = "results/splits.tsv"
FOLDERS = ["results", "results/splits/1"]
SNAKEFILE = """
configfile: "settings.yaml"

module genodiff:
    snakefile: "{snakefile}"
    prefix: "theirs"
    config: config

use rule * from genodiff as gd_*
"""


@pytest.fixture(scope="module")
def project(copy_of_project, run_workflow):
    """A copy of the project after a run on one split, of which first.tsv is a copy, and then on two."""
    folder = copy_of_project("splits")
    (folder / "splits.json").write_text(json.dumps(SETTINGS))
    run_workflow(folder, "results/split.tsv", *FILES, "--config", "splits=1")
    (folder / "first.tsv").write_bytes((folder / "results/split.tsv").read_bytes())
    run_workflow(folder, TABLE, *FILES)
    return folder


def _sets(folder, name: str) -> set[str]:
    return {row["sample"] for row in rows(folder / "split.tsv") if row["set"] == name}


def test_the_first_split_stays_as_it_was_and_the_second_has_other_test_individuals(project):
    assert (project / "results/split.tsv").read_bytes() == (project / "first.tsv").read_bytes()
    one, other = (_sets(project / folder, "test") for folder in FOLDERS)
    # 48 of 228 at most: two random choices share ten of them.
    assert len(one) == len(other) > 2 * len(one & other)
    everybody = [{row["sample"] for row in rows(project / f / "split.tsv")} for f in FOLDERS]
    assert everybody[0] == everybody[1]


def test_cohort_and_missing_calls_are_made_once(project):
    made = [path.parent.name for path in (project / "results").rglob("chr1.bcf")]
    assert made == ["cohort"]
    assert len(list((project / "results").rglob("1.missing.tsv"))) == 1
    assert len(list((project / "results").rglob("simulate_chromosome/1.log"))) == 1


def test_what_is_fitted_to_training_individuals_is_made_for_each_split(project):
    model = "models/independent/seed0/model.safetensors"
    for name in ("tensors/train.parquet", "pca/1.models.parquet", model):
        one, other = ((project / folder / name).read_bytes() for folder in FOLDERS)
        assert one != other, name


def test_the_table_is_that_of_the_tables_of_both_splits(project):
    table = {(r["measure"], r["dataset"], r["classifier"]): r for r in rows(project / TABLE)}
    for dataset in ("real", "independent"):
        found = [
            float(row["accuracy"])
            for folder in FOLDERS
            for row in rows(project / folder / "table1.long.tsv")
            if row["dataset"] == dataset
        ]
        row = table["accuracy", dataset, "mlp"]
        assert (row["splits"], row["seeds"]) == ("2", "1")
        assert [float(row[key]) for key in ("min", "max")] == sorted(found)
        assert float(row["mean"]) == pytest.approx(sum(found) / 2, abs=2e-6)
    for dataset in ("null", "independent"):
        for measure, name, column in (("aa_syn", "table3.long", "value"), ("auc", "privacy", "auc")):
            found = [
                float(row[column])
                for folder in FOLDERS
                for row in rows(project / folder / f"{name}.tsv")
                if row["dataset"] == dataset
                and (row.get("attack") == "strongest" or row.get("measure") == measure)
                and row.get("against", "test") == "test"
            ]
            row = table[measure, dataset, "NA"]
            assert [float(row[key]) for key in ("min", "max")] == sorted(found)
    means = [float(table["accuracy", name, "average"]["mean"]) for name in ("real", "independent")]
    difference = rows(project / "results/splits.differences.tsv")[-1]
    assert float(difference["difference"]) == pytest.approx(means[0] - means[1], abs=2e-6)
    assert (difference["splits"], difference["classifier"]) == ("2", "average")


def test_individuals_that_are_not_kept_are_removed_when_they_are_evaluated(project):
    """A second run does not draw them again: see below."""
    logs = {path.parent.parent for path in (project / "results").rglob("draw/*.log")}
    assert len(logs) == 2
    assert not list((project / "results").rglob("references/independent/*.parquet"))


def test_a_second_run_does_nothing_and_one_split_less_neither(project, planned):
    assert planned(project, TABLE, *FILES) == {}
    targets = ["results/table1.tsv", "results/privacy.tsv"]
    assert planned(project, *targets, *FILES, "--config", "splits=1") == {}


def test_a_third_split_makes_only_what_is_its_own(project, planned):
    plan = planned(project, TABLE, *FILES, "--config", "splits=3")
    plan.pop("total")
    assert plan.pop("splits_table") == plan["split2_split_individuals"] == 1
    assert all(name.startswith("split2_") for name in plan)


def test_all_makes_the_table_and_nothing_else_of_the_other_split(project, planned):
    plan = planned(project, *FILES, "--forceall")
    others = {name for name in plan if name.startswith("split1_")}
    assert {"split1_classify", "split1_compare_individuals", "split1_table1"} <= others
    assert plan["splits_table"] == plan["report"] == 1
    left_out = ("all", "report", "umap_embedding", "simulate_chromosome", "fidelity", "figure5")
    assert not {f"split1_{name}" for name in left_out} & others
    plan = planned(project, *FILES, "--config", "splits=1", "--forceall")
    assert [name for name in plan if "split" in name] == ["split_individuals"]


def test_a_panel_goes_through_its_rules_once(project, planned):
    panel = {"cohort": {"simulate": {"panel": 120}}, "results": "results/private"}
    (project / "panel.json").write_text(json.dumps(panel))
    plan = planned(project, "results/private/splits.tsv", *FILES, "panel.json")
    assert plan["panel_build_tensors"] == plan["simulate_chromosome"] == 1
    assert plan["split1_project_cohort"] == plan["project_cohort"] == 1
    assert not [name for name in plan if name.startswith("split1_panel")]


def test_in_another_workflow_the_splits_are_the_same_and_under_its_prefix(
    project, run_workflow, planned, tmp_path
):
    settings = yaml.safe_load((project / "tests/workflow/tiny.yaml").read_text())
    update_config(settings, SETTINGS)
    (tmp_path / "settings.yaml").write_text(yaml.safe_dump(settings))
    (tmp_path / "Snakefile").write_text(SNAKEFILE.format(snakefile=project / "Snakefile"))
    plan = planned(tmp_path, "theirs/results/splits.tsv")
    assert plan["gd_simulate_chromosome"] == plan["gd_split1_table1"] == plan["gd_splits_table"] == 1
    target = "theirs/results/splits/1/split.tsv"
    run_workflow(tmp_path, target)
    assert (tmp_path / target).read_bytes() == (project / "results/splits/1/split.tsv").read_bytes()
    assert {path.name for path in (tmp_path / "theirs/results").iterdir()} >= {"cohort", "genotypes"}
    assert not (tmp_path / "results").exists()
    assert planned(tmp_path, target) == {}
