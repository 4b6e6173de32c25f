"""A release that is private by proof: features of a public panel, generators that count what they
spend."""

import json
import re

import pandas as pd
import pyarrow.parquet as pq
import pytest
from tables import rows

from genodiff.formats.tensors import Layout, read_individuals

SETTINGS = {
    "run_generators": ["gaussian_dp", "diffusion_dp"], "classifiers": ["mlp"],
    "generators": {
        "gaussian_dp": {"privacy": {"epsilon": 3, "delta": 1e-4}},
        "diffusion_dp": {
            "privacy": {"epsilon": 2, "delta": 1e-4}, "dp_sgd": {"epochs": 1, "sampled": 0.25},
        },
    },
    "release": ["gaussian_dp"], "size": {"multiples": []}, "augmentation": {"enabled": False},
    "labels": {"enabled": False}, "tuning": {"generators": []},
    "cohort": {"simulate": {"panel": 120}},
}  # fmt: skip
# The same cohort as a user's own files, with the results of the run on the panel as basis.
OWN = SETTINGS | {
    "results": "results/own", "features": {"basis": "results/panel"},
    "cohort": {
        "source": "vcf", "vcf": "results/cohort/chr{chrom}.bcf",
        "phenotypes": "results/cohort/phenotypes.tsv", "simulate": {"panel": 0},
    },
}  # fmt: skip
FILES = ["--configfile", "tests/workflow/tiny.yaml"]


@pytest.fixture(scope="module")
def project(copy_of_project, run_workflow):
    """A copy of the project after a run with a panel."""
    folder = copy_of_project("private")
    (folder / "private.json").write_text(json.dumps(SETTINGS))
    (folder / "own.json").write_text(json.dumps(OWN))
    run_workflow(folder, *FILES, "private.json")
    return folder


def test_release__has_the_budget_and_no_number_of_an_evaluation(project):
    folder = project / "results/release/gaussian_dp/seed0"
    budget = json.loads((folder / "privacy_budget.json").read_text())
    assert (budget["epsilon"], budget["delta"]) == (3, 1e-4)
    assert 2.99 < budget["spent"] <= 3
    assert len(budget["uses"]) == 2
    assert "privacy_budget.json" in (folder / "SHA256SUMS").read_text()
    sheet = json.loads((folder / "datasheet.json").read_text())
    for part in ("accuracy", "attacks", "fidelity", "decoding", "answers"):
        assert not sheet[part], part
    page = (folder / "datasheet.html").read_text()
    assert "Private by proof" in page
    assert "Recovery" not in page
    files = {row["file"] for row in rows(folder / "dictionary.tsv")}
    assert files == {path.name for path in folder.iterdir()}


def test_models__say_what_they_spent(project):
    """Of a network too, and its steps."""
    models = project / "results/models"
    budget = json.loads((models / "diffusion_dp/seed0/config.json").read_text())["budget"]
    means, steps = budget["uses"]
    assert (means["sample_rate"], means["steps"]) == (1, 1)
    assert (steps["sample_rate"], steps["steps"]) == (0.25, 4)
    assert 1.99 < budget["spent"] <= 2


def test_features__are_those_of_the_panel(project):
    """No number of the private individuals is in what makes components and genotypes."""
    results = project / "results"
    own, panel = (Layout.read(results / f"{where}tensors/layout.json") for where in ("", "panel/"))
    assert own.genes == panel.genes
    assert own.classes == ["case", "control"]
    assert panel.classes == ["female", "male"]
    for chrom in "12":
        decoders = [results / f"{where}pca/{chrom}.decoder.parquet" for where in ("", "panel/")]
        assert decoders[0].read_bytes() == decoders[1].read_bytes()
        one, other = (
            pq.read_table(results / f"{where}pca/{chrom}.models.parquet").drop_columns("imputed_calls")
            for where in ("", "panel/")
        )
        assert one.equals(other)
    counts = pd.read_csv(results / "genotypes/1.counts.tsv", sep="\t")
    assert "found" in set(counts["outcome"])
    found = json.loads((results / "genotypes/found.json").read_text())
    assert found["found"] > 100
    assert "absent" not in found


def test_individuals_of_the_panel_are_others(project):
    ids = [
        set(read_individuals(path, Layout.read(path.parent / "layout.json")).samples)
        for path in (project / "results").glob("**/tensors/train.parquet")
    ]
    assert len(ids) == 2
    assert not ids[0] & ids[1]


def test_report__says_what_the_proof_is_about(project):
    page = (project / "results/report.html").read_text()
    assert "epsilon 3, delta 0.0001" in page
    assert "individuals of a public panel" in page
    assert "Dwork and Roth" in page


def test_own_files_with_the_panels_results_give_the_same_individuals(project, run_workflow):
    run_workflow(project, "results/own/tensors/layout.json", *FILES, "own.json")
    for name in ("train", "validation", "test"):
        one, other = (
            pq.read_table(project / f"results/{where}tensors/{name}.parquet") for where in ("", "own/")
        )
        assert one["x"].equals(other["x"])
        assert one["label"].equals(other["label"])


def test_without_a_panel_no_generator_claims_a_proof(project, fail_workflow):
    settings = SETTINGS | {"cohort": {"simulate": {"panel": 0}}}
    (project / "none.json").write_text(json.dumps(settings))
    output = fail_workflow(project, *FILES, "none.json", "--dry-run")
    assert "generators.gaussian_dp: is private by proof only where" in output
    assert "features.basis" in output


@pytest.mark.parametrize("removed", ["tensors/layout.json", "pca/2.decoder.parquet"])
def test_a_basis_that_lacks_a_file_is_named(project, fail_workflow, removed):
    path = project / "results/panel" / removed
    path.rename(path.with_suffix(".away"))
    try:
        output = fail_workflow(project, *FILES, "own.json", "--dry-run")
    finally:
        path.with_suffix(".away").rename(path)
    assert re.search(rf"features.basis: no file '\S*{removed}'", output)
    assert "snakemake basis" in output
