"""Shared by all tests: where the project is, and how to run its workflow."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]


def snakemake(folder: Path, *arguments: str, cores: int = 2) -> subprocess.CompletedProcess:
    """Run Snakemake in `folder`; its output and errors together are in `stdout`."""
    command = [sys.executable, "-m", "snakemake", "--cores", str(cores), *map(str, arguments)]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("SNAKEMAKE_")}
    return subprocess.run(
        command, cwd=folder, env=environment, text=True, check=False,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip


@pytest.fixture(scope="session")
def run_workflow():
    """Run Snakemake, fail the test with its output when it fails, return its output."""

    def run(folder: Path, *arguments: str) -> str:
        done = snakemake(folder, *arguments)
        assert done.returncode == 0, done.stdout[-6000:]
        return done.stdout

    return run


@pytest.fixture(scope="session")
def fail_workflow():
    """Run Snakemake, fail the test when it succeeds, return its output."""

    def run(folder: Path, *arguments: str) -> str:
        done = snakemake(folder, *arguments)
        assert done.returncode != 0, done.stdout[-6000:]
        return done.stdout

    return run


@pytest.fixture(scope="session")
def repository() -> Path:
    """The project's root."""
    return REPOSITORY
