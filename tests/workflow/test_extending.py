"""docs/extending.md in a copy of the project: tests of what it adds; the workflow with it."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import documents
import pytest
from tables import rows

PAGE = "docs/extending.md"
# On top of tiny.yaml: what the page adds, and of the rest no more than the tables need.
SMALL = {
    "plugins": ["my_models"],
    "generators": {
        "residual": {"settings": {"width": 16, "blocks": 2}},
        "one_layer": {
            "kind": "diffusion", "title": "One layer", "backbone": "my_networks:OneLayer",
            "settings": {"width": 32},
        },
        "theirs": {"kind": "external", "title": "Theirs", "path": "theirs.seed{seed}.parquet"},
    },
    "run_generators": ["residual", "one_layer", "normal", "theirs", "independent"],
    "classifiers": ["mlp", "linear"],
    "size": {"multiples": []},
    "augmentation": {"enabled": False},
    "release": ["residual"],
}  # fmt: skip


def shell(project: Path, command: str) -> str:
    """Run a command in the project as the page has it; its output."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = os.environ | {"PATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        ["bash", "-c", command], cwd=project, env=environment, text=True, check=False,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    assert done.returncode == 0, f"{command}\n{done.stdout[-6000:]}"
    return done.stdout


@pytest.fixture(scope="module")
def page(repository) -> str:
    return (repository / PAGE).read_text()


@pytest.fixture(scope="module")
def extended(page, copy_of_project) -> Path:
    """A copy of the project with everything of the page in it."""
    project = copy_of_project("extended")
    for block in documents.blocks(page, PAGE):
        if block.name:
            documents.apply(block, project)
    (project / "small.json").write_text(json.dumps(SMALL))
    documents.link_environment(project)
    return project


@pytest.fixture(scope="module")
def followed(page, extended) -> dict[str, str]:
    """What each command of the page says, in its order; the workflow runs on the tiny cohort."""
    said = {}
    for command in dict.fromkeys(documents.commands(page)):
        tiny = " --configfile tests/workflow/tiny.yaml small.json"
        said[command] = shell(extended, command + tiny * command.startswith("snakemake "))
    return said


def test_each_example_can_be_applied_by_itself(page, repository, tmp_path):
    parts = re.split(r"(?m)^(?=## )", page)[1:]
    assert len(parts) == 6
    for number, part in enumerate(parts):
        for block in filter(lambda block: block.name, documents.blocks(part, PAGE)):
            target = tmp_path / str(number) / block.name
            if (repository / block.name).exists() and not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes((repository / block.name).read_bytes())
            documents.apply(block, tmp_path / str(number))


def test_the_common_tests_of_each_family_ran_on_what_was_added(followed):
    passed = {
        command: int(re.search(r"(\d+) passed", said)[1])
        for command, said in followed.items()
        if "pytest" in command
    }
    backbone, generator, classifier, metric = passed.values()
    assert backbone >= 15
    assert generator >= 6
    assert classifier >= 11
    assert metric == 4


def test_settings_styles_manifest_and_environments_hold_what_was_added(extended, followed):
    checks = [
        "tests/unit/workflow/test_registered_settings.py", "tests/unit/workflow/test_rooms.py",
        "tests/unit/workflow/test_code_hash.py", "tests/unit/plots/test_style.py",
        "tests/workflow/test_environments.py::test_every_import_is_declared_and_nothing_else",
        "tests/workflow/test_project.py::test_every_rule_has_log_environment_and_code_hash",
    ]  # fmt: skip
    shell(extended, f"python -m pytest -q -p no:cacheprovider {' '.join(checks)}")
    shell(extended, "ruff check && ruff format --check")
    shell(extended, "snakefmt --check Snakefile rules")


def test_the_workflow_makes_what_the_page_says(extended, followed, run_workflow):
    for name, backbone in (("residual", "residual"), ("one_layer", "my_networks:OneLayer")):
        config = json.loads((extended / f"results/models/{name}/seed0/config.json").read_text())
        assert config["settings"]["backbone"] == backbone
    for path in ("real/linear", "theirs/mlp"):
        row = json.loads((extended / f"results/evaluation/{path}.seed0.json").read_text())
        assert 0 <= row["accuracy"] <= 1
    table = {row["dataset"]: row for row in rows(extended / "results/spread.tsv")}
    assert list(table) == ["null", *(f"{name}.genotypes" for name in SMALL["run_generators"])]
    for row in table.values():
        assert 0 < float(row["low"]) <= float(row["median"]) <= float(row["high"])
    # Unseen real individuals, resampled features and normal ones have the training variance.
    for name in ("null", "independent.genotypes", "normal.genotypes"):
        assert float(table[name]["median"]) == pytest.approx(1, abs=0.35)


def test_what_was_added_is_planned_with_everything_else(extended, followed, run_workflow):
    plan = run_workflow(extended, "--dry-run", "--configfile", "tests/workflow/tiny.yaml", "small.json")
    assert "Classifier linear on residual" in plan
    assert "input: results/report.html" in plan
    assert "results/spread.tsv" in plan
