"""The jobs of a workflow on a GPU, from files to files, and that no two processes get one GPU."""

import os
import subprocess
import sys
import time

import numpy as np
import pytest
from network_sizes import DEMO

from genodiff.cohort.label_mix import SyntheticSize
from genodiff.formats.tensors import (
    GeneFeatures,
    Individuals,
    Layout,
    read_individuals,
    unpack,
    write_individuals,
)
from genodiff.generators.base import Resources
from genodiff.generators.draw_job import draw_job
from genodiff.training.train_job import TrainFiles, train_job
from genodiff.workflow.recipes import RECIPES

pytestmark = pytest.mark.gpu


@pytest.fixture
def files(tmp_path, mask):
    """Function: files of a training on a small cohort, by the name of the folder that it writes to."""
    genes = [GeneFeatures(f"G{i}", "1", i, [0.0] * k, [1.0] * k) for i, k in enumerate(mask.sum(1)) if k]
    layout, rng = Layout(genes, *mask.shape, ["case", "control"]), np.random.default_rng(0)
    layout.write(tmp_path / "layout.json")
    for name, count in (("train", 40), ("validation", 12)):
        x = rng.standard_normal((count, *mask.shape)).astype(np.float32) * mask.numpy()
        labels = [("case", "control", None)[i % 3] for i in range(count)]
        individuals = Individuals([f"{name}{i}" for i in range(count)], labels, x)
        write_individuals(tmp_path / f"{name}.parquet", layout, [individuals])
        unpack(tmp_path / f"{name}.parquet", layout, tmp_path / f"{name}.npy")
    names = ("layout.json", "train.parquet", "train.npy", "validation.parquet", "validation.npy")
    read = [str(tmp_path / name) for name in names]

    def of(name):
        written = ("w.safetensors", "c.json", "h.parquet", "state")
        return TrainFiles(*read, *(str(tmp_path / name / file) for file in written))

    return of


# What torch's compiler warns of is torch's own.
@pytest.mark.filterwarnings("default")
def test_training_and_sampling_give_the_same_files_every_time(files, device, tmp_path):
    """By the recipe `best`, compiled on a GPU; batches of one size, so that it is compiled once."""
    recipe, synthetic = RECIPES["best"] | {"epochs": 3, "batch_size": 20}, []
    for name in ("one", "two"):
        own = files(name)
        train_job(
            files=own, backbone="baseline", settings=DEMO["backbones"]["baseline"], diffusion=recipe,
            seed=1, device=device.type, threads=1, checkpoint_minutes=10,
        )  # fmt: skip
        output = str(tmp_path / f"{name}.parquet")
        draw_job(
            layout_path=own.layout, labels_path=own.train, weights_path=own.weights,
            config_path=own.config, output=output, size=SyntheticSize(20, 1, None), overrides={},
            seed=2, resources=Resources(device.type, 1, 1, 64, str(tmp_path / f"{name}.state")),
            plugins=[],
        )  # fmt: skip
        synthetic.append(read_individuals(output, Layout.read(own.layout)).x)
        assert not os.path.exists(own.state)
    assert np.isfinite(synthetic[0]).all()
    assert synthetic[0].shape[0] == 20
    np.testing.assert_array_equal(*synthetic)


# Prepares the device as a job does, says so, and keeps it until it is killed. Without a GPU it locks a
# device of that name.
HOLDER = """
import pathlib, sys, time
import torch
from genodiff.runtime.devices import prepare
from genodiff.runtime.locks import lock_gpus
if sys.argv[1] == "cuda":
    assert torch.ones(3, device=prepare("cuda", 1)[0]).sum().item() == 3
else:
    lock_gpus(["the processor"], 1)
pathlib.Path(sys.argv[2]).touch()
time.sleep(600)
"""


@pytest.fixture
def holder(device, tmp_path):
    """Function: a process that wants a GPU, of which all see the first one alone, and makes a file of
    that name when it has it. Killed when the test ends."""
    own = {"PYTHONPATH": os.pathsep.join(sys.path), "TMPDIR": str(tmp_path)}
    if device.type == "cuda":
        own["CUDA_VISIBLE_DEVICES"] = os.environ.get("CUDA_VISIBLE_DEVICES", "0").split(",")[0]
    environment = {key: value for key, value in os.environ.items() if key != "LOCAL_RANK"} | own
    started = []

    def start(name):
        command = [sys.executable, "-c", HOLDER, device.type, str(tmp_path / name)]
        started.append(subprocess.Popen(command, env=environment))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


def test_no_two_processes_get_one_gpu(holder, tmp_path):
    def wait_for(count):
        deadline = time.monotonic() + 60
        while len(list(tmp_path.glob("has-*"))) < count and time.monotonic() < deadline:
            time.sleep(0.1)
        time.sleep(3)  # for another one that should not have it
        return len(list(tmp_path.glob("has-*")))

    processes = [holder(f"has-{i}") for i in range(3)]
    assert wait_for(1) == 1
    first = next(i for i in range(3) if (tmp_path / f"has-{i}").exists())
    processes[first].kill()
    assert wait_for(2) == 2
    assert [process.poll() is None for process in processes].count(True) == 2
