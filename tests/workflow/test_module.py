"""GenoDiff as a module of another workflow, in another folder, with a prefix and rules renamed."""

import re

import pytest
import yaml
from tables import rows

SNAKEFILE = """
configfile: "settings.yaml"

module genodiff:
    snakefile: "{snakefile}"
    prefix: "{prefix}"
    config: config["{section}"]

use rule * from genodiff as gd_*

rule mine:
    default_target: True
    input: "{prefix}/results/table1.tsv"
    output: "mine.txt"
    shell: "head -n 2 {{input}} > {{output}}"
"""


@pytest.fixture(scope="module")
def settings(repository):
    """The tiny cohort with one backbone, one reference and one classifier."""
    tiny = yaml.safe_load((repository / "tests/workflow/tiny.yaml").read_text())
    tiny["augmentation"]["enabled"] = False
    tiny["synthetic"]["forms"] = ["components", "genotypes"]
    return tiny | {"run_generators": ["unet_mlp", "mosaic"], "classifiers": ["mlp"]}


@pytest.fixture(scope="module")
def other(copy_of_project, run_workflow, settings, tmp_path_factory):
    """Another workflow's folder, beside a copy of the project, after its own target was made."""
    project, folder = copy_of_project("module"), tmp_path_factory.mktemp("other")
    # The same cohort once more, as a user's own files.
    cohort = {
        "source": "vcf",
        "vcf": "synth/results/cohort/chr{chrom}.bcf",
        "phenotypes": "synth/results/cohort/phenotypes.tsv",
        "genes": "synth/results/cohort/genes.bed",
    }
    own = {key: value for key, value in settings.items() if key != "cohort"} | {"cohort": cohort}
    content = {"simulated": settings, "own": own, "mine": "a key that GenoDiff does not know"}
    (folder / "settings.yaml").write_text(yaml.safe_dump(content))
    for name, main, prefix, section in (
        ("Snakefile", "Snakefile", "synth", "simulated"),
        ("shim.smk", "workflow/Snakefile", "shim", "simulated"),
        ("own.smk", "Snakefile", "again", "own"),
    ):
        text = SNAKEFILE.format(snakefile=project / main, prefix=prefix, section=section)
        (folder / name).write_text(text)
    run_workflow(folder)
    return folder


def test_the_other_workflow_gets_its_table(other):
    (row,) = rows(other / "mine.txt")
    assert row["Classifier"] == "MLP"
    assert list(row) == ["Classifier", "Real", "MLP", "Mosaic", "MLP, genotypes", "Mosaic, genotypes"]


def test_everything_is_under_the_prefix(other, settings):
    names = {path.name for path in other.iterdir()} - {".snakemake"}
    assert names == {"Snakefile", "shim.smk", "own.smk", "settings.yaml", "mine.txt", "synth"}
    assert [path.name for path in (other / "synth").iterdir()] == ["results"]
    found = {path.name for path in (other / "synth/results").iterdir()}
    assert {"split.tsv", "tensors", "models", "synthetic", "logs", "benchmarks"} <= found
    assert list((other / "synth/results/models/unet_mlp/seed0").glob("*.safetensors"))
    assert (other / "synth/results/logs/table1.log").read_text().endswith("INFO done\n")


def test_a_second_run_does_nothing(other, run_workflow):
    assert "Nothing to be done" in run_workflow(other)


def test_every_rule_can_be_planned_under_its_new_name(other, run_workflow):
    plan = run_workflow(other, "--dry-run", "gd_all", "gd_check")
    for rule in ("gd_report", "gd_draw", "gd_size_table", "gd_metric_table", "gd_check"):
        assert rule in plan
    assert "localrules directive specifies rules that are not present" not in plan
    assert "synth/results/report.html" in plan
    assert "synth/synth" not in plan


def test_of_two_default_targets_the_last_one_counts_and_exclude_all_leaves_one(other, run_workflow):
    """As config/README.md says; `all` is GenoDiff's only default target."""
    text = (other / "Snakefile").read_text()
    start, use, mine = re.split(r"(use rule .*\n)", text)
    settings, module = re.split(r"(?=^module )", start, maxsplit=1, flags=re.M)
    without = use.replace(" as ", " exclude all as ")
    orders = {
        "after": (settings + module + use + mine, False),
        "before": (settings + mine + module + use, True),
        "after, without all": (settings + module + without + mine, False),
        "before, without all": (settings + mine + module + without, False),
    }
    for order, (snakefile, everything) in orders.items():
        (other / "order.smk").write_text(snakefile)
        plan = run_workflow(other, "--dry-run", "--forceall", "--snakefile", "order.smk")
        assert ("gd_report" in plan) == everything, order
        assert ("rule mine:" in plan or "localrule mine:" in plan) != everything, order
    (other / "order.smk").unlink()


def test_check_keeps_its_summary_under_the_prefix(other, run_workflow):
    output = run_workflow(other, "gd_check")
    summary = (other / "synth/results/check/summary.txt").read_text()
    assert summary.startswith("Individuals  240: ")
    assert summary in output
    assert not (other / "results").exists()


def test_the_shim_works_as_a_module_too(other, run_workflow):
    run_workflow(other, "--snakefile", "shim.smk", "--", "shim/results/split.tsv")
    theirs = (other / "shim/results/split.tsv").read_bytes()
    assert theirs == (other / "synth/results/split.tsv").read_bytes()


def test_a_users_own_files_are_where_the_configuration_says(other, run_workflow):
    run_workflow(other, "--snakefile", "own.smk", "--", "again/results/tensors/test.parquet")
    for name in ("split.tsv", "tensors/test.parquet"):
        theirs = (other / "synth/results" / name).read_bytes()
        assert (other / "again/results" / name).read_bytes() == theirs
