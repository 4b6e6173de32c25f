"""The workflow on a real SLURM: jobs, the profile, cancelled jobs, jobs over their time."""

import csv
import io
import re
import subprocess
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.slurm
CONFIGURATION = ["--configfile", "tests/workflow/tiny.yaml", "tests/slurm/small.yaml"]
TABLES = [f"results/table{n}.tsv" for n in (1, 2, 3)]
WEIGHTS = "results/models/unet_mlp/seed0/model.safetensors"
LOG = "results/logs/train_diffusion/unet_mlp.seed0.log"
# A minute and a half of training on one core, more on a busy one: longer than the minute that a job has.
LONGER = """
checkpoint_minutes: 0.02
diffusion: {epochs: 4000, warmup_steps: 5, schedule: {name: cosine, steps: 10}}
"""


def accounting(since: str) -> list[dict]:
    """SLURM's own record of the jobs, steps left out."""
    fields = "JobID,State,ExitCode,NodeList,Comment%200"
    listed = subprocess.run(
        ["sacct", "-X", "-P", "--starttime", since, "--format", fields], capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    return list(csv.DictReader(io.StringIO(listed.stdout), delimiter="|"))


def submitted(output: Path) -> list[str]:
    """SLURM's numbers of the jobs that a run has submitted, in their order."""
    return re.findall(r"SLURM jobid (\d+)", output.read_text())


@pytest.fixture(scope="module")
def local(copy_of_project, run_workflow) -> Path:
    """A run of the same on this machine."""
    folder = copy_of_project("local")
    run_workflow(folder, *TABLES, *CONFIGURATION)
    return folder


@pytest.fixture(scope="module")
def began() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S")


@pytest.fixture(scope="module")
def on_slurm(copy_of_project, began, submit) -> Path:
    """A run on the cluster."""
    folder = copy_of_project("slurm")
    run = submit(folder, *TABLES, *CONFIGURATION)
    assert run.wait(timeout=1200) == 0, (folder / "slurm.txt").read_text()[-6000:]
    return folder


def test_tables_are_those_of_the_local_run(local, on_slurm):
    for table in TABLES:
        assert (on_slurm / table).read_text() == (local / table).read_text(), table


def test_jobs_ran_under_slurm(on_slurm, began):
    jobs = accounting(began)
    output = (on_slurm / "slurm.txt").read_text()
    assert {job["State"] for job in jobs} == {"COMPLETED"}
    rules = {job["Comment"].partition("_wildcards")[0] for job in jobs}
    heavy = {
        "gene_matrices",
        "gene_pca",
        "train_diffusion",
        "draw",
        "classify",
        "compare_individuals",
    }
    assert {f"rule_{rule}" for rule in heavy} <= rules, (rules, output[-3000:])
    assert not {"rule_table1", "rule_quality_table"} & rules


def test_the_memory_of_a_job_is_in_the_lines_of_its_steps(on_slurm, began):
    """As docs/cluster.md says: the job's own line has its comment and no MaxRSS."""
    text = (Path(__file__).parents[2] / "docs/cluster.md").read_text()
    command = re.search(r"^sacct --format=.*$", text, re.M)[0].split()
    listed = subprocess.run(
        [*command, "-P", "--starttime", began], capture_output=True, text=True, check=True
    )
    rows = list(csv.DictReader(io.StringIO(listed.stdout), delimiter="|"))
    jobs = [row for row in rows if "." not in row["JobID"]]
    assert jobs
    assert {row["MaxRSS"] for row in jobs} == {""}
    assert all(row["Comment"].startswith("rule_") for row in jobs)
    steps = [row for row in rows if re.search(r"\.(batch|\d+)$", row["JobID"])]
    assert any(row["MaxRSS"] for row in steps)


def _goes_on(log: Path) -> bool:
    """Whether a job is under way, or done, that began with the state of one before it."""
    return log.exists() and "going on after step" in log.read_text()


def _wait_for(what, run: subprocess.Popen, output: Path, seconds: float = 180):
    """Ask until something is there, and return it."""
    end = time.monotonic() + seconds
    while not (found := what()):
        assert run.poll() is None, output.read_text()[-6000:]
        assert time.monotonic() < end, output.read_text()[-6000:]
        time.sleep(0.5)
    return found


def test_a_training_that_is_cancelled_and_then_out_of_time_goes_on(
    local, on_slurm, submit, run_workflow
):
    """Attempts: cancelled with scancel, over its time, to the end. Never from the start again."""
    for folder in (local, on_slurm):
        (folder / "longer.yaml").write_text(LONGER)
    began = time.strftime("%Y-%m-%dT%H:%M:%S")
    run = submit(
        on_slurm,
        WEIGHTS,
        *CONFIGURATION,
        "longer.yaml",
        "--retries",
        "12",
        "--set-resources",
        "train_diffusion:runtime=1",
    )
    output, state = on_slurm / "slurm.txt", on_slurm / f"{WEIGHTS}.state/state.safetensors"

    _wait_for(state.exists, run, output)
    (first,) = submitted(output)
    subprocess.run(["scancel", first], check=True)
    _wait_for(lambda: len(submitted(output)) > 1, run, output)
    _wait_for(lambda: _goes_on(on_slurm / LOG), run, output)
    assert run.wait(timeout=1200) == 0, output.read_text()[-6000:]

    ended = {job["JobID"]: job["State"].split()[0] for job in accounting(began)}
    states = [ended[number] for number in submitted(output)]
    assert states[0] == "CANCELLED"
    assert "TIMEOUT" in states[1:-1]
    assert states[-1] == "COMPLETED"
    assert _goes_on(on_slurm / LOG)
    run_workflow(local, WEIGHTS, *CONFIGURATION, "longer.yaml")
    assert not _goes_on(local / LOG)
    assert (on_slurm / WEIGHTS).read_bytes() == (local / WEIGHTS).read_bytes()
