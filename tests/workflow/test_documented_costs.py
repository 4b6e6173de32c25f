"""Numbers of jobs on docs/costs.md are those of dry runs."""

import re
from functools import cache

import pytest
from documents import PAGES

# Files that config/als.yaml names; a dry run looks for them and does not read them.
STAND_INS = ("mine.bed", "mine.bim", "mine.fam", "individuals.tsv", "genes.gtf.gz")
COSTS = PAGES["docs/costs.md"]


def _rows() -> list[tuple[list[str], int]]:
    """Configurations and number of jobs of each row of the first table; a row that names none but
    changes the one above it has that one's."""
    found, files = [], []
    table = COSTS.partition("\n## ")[0]
    for first, second in re.findall(r"^\| ([^|]+) \| (\d+) \|", table, re.M):
        files = re.findall(r"`(config/\w[\w-]*\.yaml)`", first) or files
        found.append((files, int(second)))
    return found


@pytest.fixture(scope="module")
def jobs(copy_of_project, run_workflow):
    """Function: configuration files to the number of jobs that a dry run of them plans."""
    project = copy_of_project("costs")
    (project / "path/to").mkdir(parents=True)
    for name in STAND_INS:
        (project / "path/to" / name).touch()
    (project / "seeds.yaml").write_text("seeds: [0, 1, 2]\n")
    (project / "splits.yaml").write_text("splits: 3\n")

    @cache
    def count(*files: str) -> int:
        plan = run_workflow(project, "--dry-run", "--quiet", "rules", "--configfile", *files)
        return int(re.findall(r"^total +(\d+)$", plan, re.M)[-1])

    return count


def test_every_configuration_has_its_row():
    named = {file for files, _ in _rows() for file in files}
    assert named == {f"config/{name}.yaml" for name in ("config", "1kg", "paper", "mine-like", "als")}


@pytest.mark.parametrize(("files", "count"), _rows(), ids=str)
def test_a_row_has_as_many_jobs_as_a_dry_run(jobs, files, count):
    assert jobs(*files) == count


def test_three_seeds_are_as_many_jobs_as_the_page_says(jobs):
    (count,) = re.findall(r"three seeds of [^:]+: (\d+) jobs", COSTS)
    assert jobs("config/mine-like.yaml", "config/paper.yaml", "seeds.yaml") == int(count)


def test_three_splits_are_as_many_jobs_as_the_page_says(jobs):
    (count,) = re.findall(r"`splits: 3` of the built-in cohort: (\d+) jobs", COSTS)
    assert jobs("splits.yaml") == int(count)
