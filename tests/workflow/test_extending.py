"""docs/extending.md in a copy of the project: tests of what it adds; the workflow with it."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import documents
import pytest
import yaml
from tables import rows

PAGE = "docs/extending.md"
TINY = " --configfile tests/workflow/tiny.yaml small.json"
# On top of tiny.yaml: what the page adds, and of the rest no more than the tables need.
SMALL = {
    "plugins": ["my_models"],
    "generators": {
        "residual": {"settings": {"width": 16, "blocks": 2}},
        "one_layer": {
            "kind": "diffusion", "title": "One layer", "backbone": "my_networks:OneLayer",
            "settings": {"width": 32},
        },
    },
    "run_generators": ["residual", "one_layer", "normal"],
    "classifiers": ["mlp", "linear"],
    "size": {"multiples": []},
    "augmentation": {"enabled": False},
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
    (theirs,) = (b.text for b in documents.blocks(page, PAGE) if "external" in b.text and not b.name)
    own = {"run_generators": [*SMALL["run_generators"], "theirs"]}
    (project / "theirs.json").write_text(json.dumps(yaml.safe_load(theirs) | own))
    return project


@pytest.fixture(scope="module")
def followed(page, extended) -> dict[str, str]:
    """What each command of the page says, in its order; the workflow runs on the tiny cohort."""
    said = {}
    for command in dict.fromkeys(documents.commands(page)):
        own = TINY * command.startswith("snakemake ") + " theirs.json" * ("/theirs/" in command)
        said[command] = shell(extended, command + own)
    return said


def test_each_example_can_be_applied_by_itself(page, repository, tmp_path):
    parts = [part for part in re.split(r"(?m)^(?=## )", page) if "```diff" in part]
    assert len(parts) == 4
    for number, part in enumerate(parts):
        for block in filter(lambda block: block.name, documents.blocks(part, PAGE)):
            target = tmp_path / str(number) / block.name
            if (repository / block.name).exists() and not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes((repository / block.name).read_bytes())
            documents.apply(block, tmp_path / str(number))


def test_the_common_tests_of_each_family_ran_on_the_additions(followed):
    passed = {
        command: int(re.search(r"(\d+) passed", said)[1])
        for command, said in followed.items()
        if "pytest" in command
    }
    backbone, generator, classifier, metric = passed.values()
    assert backbone >= 15
    assert generator >= 1
    assert classifier >= 10
    assert metric == 4


def test_documents_manifest_and_environments_hold_the_additions(extended, followed):
    checks = [
        "tests/unit/workflow/test_registered_settings.py", "tests/unit/workflow/test_code_hash.py",
        "tests/unit/workflow/test_rooms.py", "tests/unit/plots/test_style.py",
        "tests/workflow/test_environments.py::test_every_import_is_declared_and_nothing_else",
    ]  # fmt: skip
    shell(extended, f"python -m pytest -q -p no:cacheprovider {' '.join(checks)}")
    shell(extended, "ruff check && ruff format --check")


def test_the_workflow_makes_what_the_page_says(extended, followed):
    for name, backbone in (("residual", "residual"), ("one_layer", "my_networks:OneLayer")):
        config = json.loads((extended / f"results/models/{name}/seed0/config.json").read_text())
        assert config["settings"]["backbone"] == backbone
    for result in ("real/linear", "theirs/mlp"):
        row = json.loads((extended / f"results/evaluation/{result}.seed0.json").read_text())
        assert 0 <= row["accuracy"] <= 1
    table = {row["dataset"]: row for row in rows(extended / "results/spread.tsv")}
    assert list(table) == ["null", *SMALL["run_generators"]]
    for row in table.values():
        assert 0 < float(row["low"]) <= float(row["median"]) <= float(row["high"])
    # Unseen real individuals, and features drawn with the standard deviations of training, vary alike.
    for name in ("null", "normal"):
        assert float(table[name]["median"]) == pytest.approx(1, abs=0.35)


def test_additions_are_planned_with_everything_else(extended, followed):
    plan = shell(extended, f"snakemake --cores 2 --dry-run{TINY} theirs.json")
    assert "Classifier linear on residual" in plan
    assert "Metric spread of theirs" in plan
    assert "results/report.html" in plan
