"""What starts the processes of a training."""

from contextlib import nullcontext

import pytest

from genodiff.formats.tensors import Layout
from genodiff.runtime.logs import STOPPED_STATUS
from genodiff.training import launch
from genodiff.training.launch import launch_training, run_processes
from genodiff.training.train_job import TrainFiles


@pytest.fixture
def files(tmp_path):
    """Paths of a job that has no files."""
    names = [
        "layout", "train", "train_x", "validation", "validation_x", "weights", "config", "history",
        "state",
    ]  # fmt: skip
    return TrainFiles(*(str(tmp_path / name) for name in names))


def test_launch_training__one_gpu_or_none_trains_in_this_process(files, tmp_path, monkeypatch):
    calls = []
    monkeypatch.setattr(launch, "train_job", lambda **arguments: calls.append(arguments))
    launch_training(log=str(tmp_path / "log"), files=files, gpus=4, device="cpu", seed=1)
    assert calls == [{"files": files, "device": "cpu", "seed": 1}]
    assert "done" in (tmp_path / "log").read_text()


def test_launch_training__a_class_that_the_cohort_lacks_stops_before(files, tmp_path, monkeypatch):
    monkeypatch.setattr(launch, "train_job", lambda **_: pytest.fail("trained"))
    Layout([], 1, 1, ["1", "2"]).write(files.layout)
    with pytest.raises(SystemExit):
        launch_training(
            log=str(tmp_path / "log"), files=files, gpus=1, label_mix=["1.0", "case"], device="cpu"
        )
    assert "no class 'case' in the cohort; classes: 1, 2" in (tmp_path / "log").read_text()


@pytest.mark.parametrize("status", [0, 1, STOPPED_STATUS])
def test_launch_training__several_gpus_have_a_process_each(files, tmp_path, monkeypatch, status):
    calls = []
    monkeypatch.setattr(launch, "lock_devices", lambda device, gpus: ["GPU-a", "GPU-b"])
    monkeypatch.setattr(launch, "run_processes", lambda *a, **k: calls.append((a, k)) or status)
    log = str(tmp_path / "log")
    ends = pytest.raises(SystemExit, match=str(status)) if status else nullcontext()
    with ends:
        launch_training(log=log, files=files, gpus=2, device="cuda", seed=1)
    (arguments,) = calls
    assert arguments[0] == (2, {"CUDA_VISIBLE_DEVICES": "GPU-a,GPU-b"})
    assert arguments[1] == {"log": log, "files": files, "device": "cuda", "seed": 1}


@pytest.mark.slow
def test_run_processes__if_torchrun_fails_first_its_message_is_shown(files, tmp_path, capfd):
    """Here it refuses to start no process at all."""
    assert run_processes(0, {}, log=str(tmp_path / "log"), files=files) == 1
    for text in (capfd.readouterr().err, (tmp_path / "log").read_text()):
        assert "torchrun ended with status 1" in text
