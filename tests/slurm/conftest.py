"""A SLURM of one node on this machine, and the project's profile for it as a site would edit it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parent
# CPUs that the node says it has; jobs wait for each other more than they compute.
CPUS = "4"


@pytest.fixture(scope="session")
def cluster() -> Iterator[None]:
    """A SLURM that takes jobs, with accounting, from here to the end of the tests."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        pytest.skip("starts a SLURM of its own: needs root on Debian")
    environment = os.environ | {"SLURM_LOCAL_CPUS": CPUS, "SLURM_LOCAL_ACCOUNTING": "1"}

    def slurm_local(verb: str) -> None:
        subprocess.run(["bash", HERE / "slurm-local", verb], env=environment, check=True)

    slurm_local("start")
    yield
    slurm_local("stop")


@pytest.fixture(scope="session")
def profile(repository, tmp_path_factory) -> Path:
    """The project's profile with a partition, one thread a job as the local run has, shorter waits."""
    text = (repository / "profiles/slurm/profile.yaml").read_text()
    for ours, theirs in {
        "  # slurm_partition: main": "  slurm_partition: main",
        "checks: 40": "checks: 5",
        "latency-wait: 60": "latency-wait: 10",
        ": 4\n": ": 1\n",
    }.items():
        assert ours in text, ours
        text = text.replace(ours, theirs)
    folder = tmp_path_factory.mktemp("profile") / "slurm"
    folder.mkdir()
    (folder / "profile.yaml").write_text(text)
    return folder


@pytest.fixture(scope="session")
def submit(cluster, profile):
    """Function: start the workflow in a folder under the profile; its output goes to slurm.txt there."""

    started = []

    def start(folder: Path, *arguments: str) -> subprocess.Popen:
        command = [sys.executable, "-m", "snakemake", "--profile", str(profile), *arguments]
        bin_folder = str(Path(sys.executable).parent)
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("SNAKEMAKE_", "SLURM_"))}
        environment["PATH"] = os.pathsep.join([bin_folder, environment["PATH"]])
        with (folder / "slurm.txt").open("w") as output:
            started.append(
                subprocess.Popen(
                    command, cwd=folder, env=environment, stdout=output, stderr=subprocess.STDOUT
                )
            )
        return started[-1]

    yield start
    for run in started:
        run.kill()
        run.wait()
