"""A finished run of the tiny workflow, and what dry runs plan."""

import re
from pathlib import Path

import pytest

TINY = "--configfile=tests/workflow/tiny.yaml"


@pytest.fixture(scope="session")
def finished(copy_of_project, run_workflow) -> Path:
    """A copy of the project with everything of the tiny workflow finished in results/."""
    folder = copy_of_project("finished")
    run_workflow(folder, TINY)
    return folder


@pytest.fixture(scope="session")
def planned(run_workflow):
    """Function: folder and arguments of Snakemake, to the number of jobs of each rule in a dry run."""

    def count(folder: Path, *arguments: str) -> dict[str, int]:
        plan = run_workflow(folder, *arguments, "--dry-run", "--quiet", "rules")
        counts = {rule: int(number) for rule, number in re.findall(r"^(\w+) +(\d+)$", plan, re.M)}
        assert counts or "Nothing to be done" in plan, plan
        return counts

    return count
