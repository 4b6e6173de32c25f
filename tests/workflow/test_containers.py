"""The recipes for Docker and Apptainer say what the repository says. They are not built here."""

import os
import re
import shutil
import sys
from pathlib import Path

import environments
import pytest
import yaml

RECIPES = ["Dockerfile", "genodiff.def"]
# An apptainer that notes the image it is given, and runs the command without it.
APPTAINER = """#!/bin/sh
[ "$1" = --version ] && { echo "apptainer version 1.3.6"; exit; }
while [ "${1%.sif}" = "$1" ]; do shift; done
echo "$1" >> images.txt
shift
exec "$@"
"""


def copied(recipe: str) -> dict[str, str]:
    """Paths of the repository that a recipe copies, and where to."""
    return dict(re.findall(r"^(?:COPY|   ) ?(\S+) (/opt/genodiff/\S+)$", recipe, re.M))


@pytest.fixture(params=RECIPES)
def recipe(request, repository):
    return (repository / "containers" / request.param).read_text()


def test_recipe_copies_what_the_workflow_needs_to_the_same_places(
    recipe, repository, tmp_path, run_workflow
):
    image, work = tmp_path / "opt", tmp_path / "work"
    for path, target in copied(recipe).items():
        assert target == f"/opt/genodiff/{path}"
        copy = shutil.copytree if (repository / path).is_dir() else shutil.copy
        (image / path).parent.mkdir(parents=True, exist_ok=True)
        copy(repository / path, image / path)
    work.mkdir()
    for name in ("config.yaml", "1kg.yaml"):
        shutil.copy(repository / "config" / name, work)
        plan = run_workflow(work, "--snakefile", f"{image}/Snakefile", "--dry-run", "--configfile", name)
        assert "classify" in plan


def test_recipe_installs_the_pins_and_no_others(recipe, repository):
    assert "pip install --no-cache-dir -r /opt/genodiff/requirements.txt" in recipe
    # PyTorch first, from another index, in the version that requirements.txt has.
    assert "grep '^torch==' /opt/genodiff/requirements.txt" in recipe
    assert len(re.findall(r"^torch==", (repository / "requirements.txt").read_text(), re.M)) == 1
    assert not re.search(r"==\d", recipe)
    env = yaml.safe_load((repository / "envs/torch.yaml").read_text())["dependencies"][0]
    assert env == f"python ={re.search(r'library/python:([0-9.]+)-slim', recipe)[1]}"


def test_recipe_installs_the_programs_that_jobs_start(recipe):
    for program in environments.PROGRAMS:
        assert re.search(rf"apt-get install .*\b{program}\b", recipe)


def test_recipe_runs_snakemake_on_this_workflow(recipe):
    run = r"snakemake.{1,4}--snakefile.{1,4}/opt/genodiff/Snakefile"
    assert re.search(rf"^(ENTRYPOINT \[\"{run}\"\]|    exec {run} \"\$@\")$", recipe, re.M)


def test_docker_runs_it_as_nobody_special(repository):
    lines = (repository / "containers/Dockerfile").read_text().splitlines()
    users = [line.split()[1] for line in lines if line.startswith("USER ")]
    assert users == ["genodiff"]
    assert lines.index("USER genodiff") > max(
        i for i, line in enumerate(lines) if line.startswith("RUN ")
    )


def test_docker_sends_only_what_is_copied(repository):
    ignored = (repository / ".dockerignore").read_text().split()
    kept = {line[1:] for line in ignored if line.startswith("!")}
    assert ignored[0] == "*"
    assert kept == set(copied((repository / "containers/Dockerfile").read_text()))


def test_jobs_run_in_the_configured_image_and_only_when_asked(
    copy_of_project, run_workflow, monkeypatch
):
    project = copy_of_project("container")
    (project / "bin").mkdir()
    (project / "bin/apptainer").write_text(APPTAINER)
    (project / "bin/apptainer").chmod(0o755)
    (project / "genodiff.sif").touch()
    (project / "own.yaml").write_text("container: genodiff.sif\n")
    # The jobs' command is `python`, which in an image is the right one.
    folders = [project / "bin", Path(sys.executable).parent, os.environ["PATH"]]
    monkeypatch.setenv("PATH", os.pathsep.join(map(str, folders)))
    files = ["--configfile", "tests/workflow/tiny.yaml", "own.yaml"]
    run_workflow(project, *files, "--", "results/cohort/chr1.bcf")
    assert not (project / "images.txt").exists()
    run_workflow(project, *files, "--sdm", "apptainer", "--", "results/cohort/chr2.bcf")
    assert (project / "images.txt").read_text().split() == ["genodiff.sif"]
    assert (project / "results/cohort/chr2.bcf").stat().st_size > 0
