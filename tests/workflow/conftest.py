"""A copy of the project to run the workflow in."""

import shutil
from pathlib import Path

import pytest

LEAVE = shutil.ignore_patterns(".git", ".venv", "results", ".snakemake", "__pycache__", ".*_cache")
TINY = "--configfile=tests/workflow/tiny.yaml"


@pytest.fixture(scope="session")
def copy_of_project(repository, tmp_path_factory):
    """Make a fresh copy of the working tree, without results."""

    def copy(name: str) -> Path:
        folder = tmp_path_factory.mktemp(name) / "genodiff"
        shutil.copytree(repository, folder, ignore=LEAVE)
        return folder

    return copy


@pytest.fixture(scope="session")
def finished(copy_of_project, run_workflow) -> Path:
    """A copy of the project with everything of the tiny workflow finished in results/."""
    folder = copy_of_project("finished")
    run_workflow(folder, TINY)
    return folder
