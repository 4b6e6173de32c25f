"""A finished run of the tiny workflow."""

from pathlib import Path

import pytest

TINY = "--configfile=tests/workflow/tiny.yaml"


@pytest.fixture(scope="session")
def finished(copy_of_project, run_workflow) -> Path:
    """A copy of the project with everything of the tiny workflow finished in results/."""
    folder = copy_of_project("finished")
    run_workflow(folder, TINY)
    return folder
