"""A run whose training, or the whole of it, is killed goes on where it was."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

WEIGHTS = "results/models/unet_mlp/seed0/model.safetensors"
LOG = "results/logs/train_diffusion/unet_mlp.seed0.log"
# Long enough to be killed in the middle.
SETTINGS = """
checkpoint_minutes: 0
diffusion: {epochs: 80, warmup_steps: 5, schedule: {name: cosine, steps: 10}}
"""
COMMAND = [WEIGHTS, "--configfile", "tests/workflow/tiny.yaml", "longer.yaml"]


@pytest.fixture(scope="module")
def folder(copy_of_project, run_workflow) -> Path:
    """A copy of the project with the tensors of the tiny workflow, and settings of a longer training."""
    folder = copy_of_project("killed")
    (folder / "longer.yaml").write_text(SETTINGS)
    run_workflow(folder, "results/tensors/layout.json", *COMMAND[1:])
    return folder


def _start(folder: Path) -> subprocess.Popen:
    """The workflow in a process group of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "snakemake", "--cores", "1", *COMMAND], cwd=folder,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
    )  # fmt: skip


def _training(group: int) -> int:
    """The process of that group that trains."""
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_bytes()
            if b"train_diffusion" in command and os.getpgid(int(entry.name)) == group:
                return int(entry.name)
        except (OSError, ProcessLookupError):
            continue
    raise AssertionError("no process trains")


def _wait_for_state(folder: Path, process: subprocess.Popen) -> None:
    """Until the training has saved a state that was not there before."""
    state = folder / f"{WEIGHTS}.state/state.safetensors"
    before = state.stat().st_mtime_ns if state.exists() else None
    while not state.exists() or state.stat().st_mtime_ns == before:
        assert process.poll() is None, process.communicate()[0][-6000:]
        time.sleep(0.01)


@pytest.mark.skipif(not os.path.isdir("/proc"), reason="finds the process by Linux's /proc")
def test_a_killed_training_and_a_killed_run_go_on(folder, run_workflow):
    process = _start(folder)
    _wait_for_state(folder, process)
    os.kill(_training(process.pid), signal.SIGKILL)
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 1, output[-6000:]
    assert not (folder / WEIGHTS).exists()

    process = _start(folder)
    _wait_for_state(folder, process)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=120)
    assert (folder / f"{WEIGHTS}.state").exists()
    assert "going on after step" in (folder / LOG).read_text()

    # Comments and messages do not make the state one of other code.
    for module in ("training/trainer", "runtime/logs", "networks/layers"):
        with open(folder / f"workflow/scripts/genodiff/{module}.py", "a") as file:
            file.write('# A comment.\n"""A text."""\n')

    # Snakemake's own lock is left; it says what to do about it.
    run_workflow(folder, *COMMAND, "--unlock")
    run_workflow(folder, *COMMAND)
    assert "going on after step" in (folder / LOG).read_text()
    assert not (folder / f"{WEIGHTS}.state").exists()

    killed = (folder / WEIGHTS).read_bytes()
    run_workflow(folder, *COMMAND, "--force")
    assert "going on" not in (folder / LOG).read_text()
    assert (folder / WEIGHTS).read_bytes() == killed
