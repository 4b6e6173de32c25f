"""Trainings that are killed, stopped, or shared by processes end as uninterrupted ones."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from safetensors.torch import load_file

from genodiff.formats.history import read_history
from genodiff.runtime.errors import InputError
from genodiff.training.launch import run_processes
from genodiff.training.train_job import TrainFiles

PROCESS = ("-W", "error", "-m", "genodiff.training.launch")
DIFFUSION = {
    "schedule": {"name": "cosine", "steps": 6, "offset": 0.008},
    "learning_rate": 1e-3,
    "warmup_steps": 2,
    "epochs": 60,
    "patience": None,
    "batch_size": 3,
    "gradient_clip": 1.0,
    "ema_half_life": 20,
    "precision": "auto",
    "compile": "auto",
    "shrink_scores": False,
    "unmasked_only": False,
    "prediction": "v",
    "min_snr": 5.0,
    "log_sigma": {"mean": -1.0, "deviation": 1.0},
    "drop_labels": 0.2,
    "recombination": 0.3,
    "sampler": "ancestral",
}
# It has dropout, which draws from the global stream.
UNET = {
    "width": 16, "multipliers": [1, 1], "blocks": 1, "attention_at": [2], "head_width": 16,
    "dropout": 0.1,
}  # fmt: skip


class Job:
    """A train job in a folder: start it, kill it, look at what it left."""

    def __init__(self, cohort, name, **changes):
        self.folder = cohort.folder / name
        self.folder.mkdir(exist_ok=True)
        self.files = TrainFiles(
            cohort.layout_path, cohort.train_path, cohort.train_x_path, cohort.validation_path,
            cohort.validation_x_path,
            *(str(self.folder / end) for end in ("w.safetensors", "c.json", "h.parquet", "state")),
        )  # fmt: skip
        self.arguments = {
            "backbone": "unet_cnn", "settings": UNET, "diffusion": DIFFUSION, "seed": 1,
            "device": "cpu", "threads": 1, "checkpoint_minutes": 0,
        } | changes  # fmt: skip

    def start(self, *program):
        arguments = self.arguments | {"files": asdict(self.files), "log": str(self.folder / "log")}
        path = self.folder / "arguments.json"
        path.write_text(json.dumps(arguments))
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "OMP_NUM_THREADS": "1"}
        return subprocess.Popen(
            [sys.executable, *(program or PROCESS), str(path)],
            env=environment, stderr=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip

    def finish(self):
        process = self.start()
        _, errors = process.communicate(timeout=240)
        return process.returncode, errors

    def run_two_processes(self):
        """Train in two processes, which this one starts."""
        run_processes(2, {}, log=str(self.folder / "log"), files=self.files, **self.arguments)

    @property
    def log(self):
        return (self.folder / "log").read_text()

    def interrupt(self, number, delay=0.0):
        """Start it, send a signal so many seconds after its first new state, wait for its end."""
        state = Path(self.files.state, "state.safetensors")
        before = state.stat().st_mtime_ns if state.exists() else 0
        process = self.start()
        while not (state.exists() and state.stat().st_mtime_ns != before) and process.poll() is None:
            time.sleep(0.005)
        time.sleep(delay)
        process.send_signal(number)
        _, errors = process.communicate(timeout=60)
        return process.returncode, errors


@pytest.fixture(scope="module")
def alone(tmp_path_factory, write_cohort):
    """A training that nobody disturbed, of the same individuals in a folder of its own."""
    job = Job(write_cohort(tmp_path_factory.mktemp("alone")), "alone", checkpoint_minutes=10)
    assert job.finish() == (0, "")
    assert not os.path.exists(job.files.state)
    return job


def _same_files(one, other):
    for path in ("weights", "config", "history"):
        with open(getattr(one.files, path), "rb") as a, open(getattr(other.files, path), "rb") as b:
            assert a.read() == b.read(), path


@pytest.mark.slow
def test_a_training_that_is_killed_several_times_ends_bit_by_bit_as_one_that_was_not(
    alone, cohort_files
):
    job = Job(cohort_files, "killed")
    delays = np.random.default_rng(0).uniform(0, 0.3, 3)
    ends = [job.interrupt(signal.SIGKILL, delay)[0] for delay in delays]
    assert ends.count(-signal.SIGKILL) >= 2  # the last may come too late
    assert job.finish() == (0, "")
    assert "going on after step" in job.log
    _same_files(alone, job)
    assert not os.path.exists(job.files.state)


@pytest.mark.slow
def test_a_second_process_at_the_same_training_is_refused_and_does_no_harm(alone, cohort_files):
    """As when Snakemake alone was killed, and is started again while its training lives on."""
    job = Job(cohort_files, "twice")
    process = job.start()
    while not Path(job.files.state, "state.safetensors").exists():
        time.sleep(0.005)
    status, errors = Job(cohort_files, "twice").finish()
    assert status == 1
    assert f"another process (PID {process.pid} on {socket.gethostname()}) is working on this" in errors
    assert process.communicate(timeout=240) == (None, "")
    _same_files(alone, job)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_request_to_stop_saves_and_says_so_in_one_line(alone, cohort_files, number):
    job = Job(cohort_files, "stopped", checkpoint_minutes=10)
    process = job.start()
    while not (job.folder / "h.parquet").exists():
        time.sleep(0.005)
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 75
    (line,) = errors.splitlines()
    assert "stopped on request after step" in line
    assert job.files.state in line
    assert "run the same command to go on" in line
    # History is current when it ends early.
    assert 1 <= read_history(job.files.history).num_rows < DIFFUSION["epochs"]
    assert job.finish() == (0, "")
    _same_files(alone, job)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"seed": 2}, "seed was 1, is 2"),
        ({"settings": UNET | {"dropout": 0.2}}, "settings.dropout was 0.1, is 0.2"),
        ({"diffusion": DIFFUSION | {"epochs": 61}}, "diffusion.epochs was 60, is 61"),
    ],
)
@pytest.mark.slow
def test_a_state_of_other_settings_is_refused(cohort_files, change, message):
    Job(cohort_files, "job").interrupt(signal.SIGTERM)
    status, errors = Job(cohort_files, "job", **change).finish()
    assert status == 1
    assert message in errors
    assert "Traceback" not in errors


@pytest.mark.slow
def test_a_state_of_other_individuals_is_refused(cohort_files):
    Job(cohort_files, "job").interrupt(signal.SIGTERM)
    shutil.copyfile(cohort_files.validation_path, cohort_files.train_path)
    shutil.copyfile(cohort_files.validation_x_path, cohort_files.train_x_path)
    status, errors = Job(cohort_files, "job").finish()
    assert status == 1
    assert "train was" in errors


@pytest.mark.slow
def test_two_processes_train_as_one(cohort_files):
    """The same global batch, over torch's own groups: the same losses, within float error. Two trainings
    of two processes each run at once, and do not meet."""
    # Segments are exchanged between individuals of the same process.
    diffusion = DIFFUSION | {"epochs": 6, "recombination": None}
    settings = {"settings": UNET | {"dropout": 0.0}, "diffusion": diffusion}
    one, *shared = (
        Job(cohort_files, name, checkpoint_minutes=10, **settings) for name in ("one", "two", "three")
    )
    assert one.finish() == (0, "")
    with ThreadPoolExecutor() as pool:
        list(pool.map(Job.run_two_processes, shared))
    history, weights = _losses(one), load_file(one.files.weights)
    assert history[0] != history[-1]
    for job in shared:
        assert "2 processes" in job.log
        assert not os.path.exists(job.files.state)
        np.testing.assert_allclose(_losses(job), history, rtol=1e-4)
        for name, value in load_file(job.files.weights).items():
            np.testing.assert_allclose(value, weights[name], atol=1e-4, err_msg=name)


def _losses(job):
    rows = read_history(job.files.history).to_pylist()
    return [[row["train_loss"], row["validation_loss"]] for row in rows]


@pytest.mark.slow
def test_a_process_that_fails_among_several_says_why(cohort_files):
    job = Job(cohort_files, "job", diffusion=DIFFUSION | {"learning_rate": 1e9, "log_sigma": None})
    with pytest.raises(InputError, match=r"^epoch \d+: .*training has diverged") as error:
        job.run_two_processes()
    assert "Traceback" not in str(error.value)
    assert "diverged" in job.log


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_request_to_stop_reaches_several_processes(cohort_files, number):
    """SIGTERM to the process that has started them, as from a cluster, or SIGINT to all of them at once,
    as from a terminal: the state is saved, one line says so, and the same command goes on."""
    settings = {"settings": UNET | {"dropout": 0.0}, "diffusion": DIFFUSION | {"epochs": 400}}
    job = Job(cohort_files, "job", checkpoint_minutes=10, **settings)
    program = (
        "import json, sys\n"
        "from genodiff.runtime.logs import job_log\n"
        "from genodiff.training.launch import run_processes\n"
        "from genodiff.training.train_job import TrainFiles\n"
        "a = json.load(open(sys.argv[1]))\n"
        "with job_log(a['log']):\n"
        "    run_processes(2, {}, files=TrainFiles(**a.pop('files')), **a)\n"
    )
    process = job.start("-c", program)
    history = job.folder / "h.parquet"
    while not history.exists() and process.poll() is None:
        time.sleep(0.01)
    if number == signal.SIGINT:
        os.killpg(process.pid, number)
    else:
        process.terminate()
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 75, errors
    (line,) = errors.splitlines()
    assert "log: stopped on request after step" in line
    assert os.path.exists(f"{job.files.state}/state.safetensors")
    assert "stopped on request after step" in job.log
