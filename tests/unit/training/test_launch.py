"""What starts the processes of a training."""

import pytest

from genodiff.formats.tensors import Layout
from genodiff.runtime.errors import InputError
from genodiff.runtime.logs import STOPPED_STATUS
from genodiff.runtime.signals import Stopped
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
            log=str(tmp_path / "log"),
            files=files,
            gpus=1,
            label_mixes={"synthetic.label_mix": ["1.0", "case"]},
            device="cpu",
        )
    assert "no class 'case' in the cohort; classes: 1, 2" in (tmp_path / "log").read_text()


@pytest.fixture
def two_gpus(monkeypatch):
    monkeypatch.setattr(launch, "lock_devices", lambda device, gpus: ["GPU-a", "GPU-b"])


@pytest.mark.usefixtures("two_gpus")
def test_launch_training__several_gpus_have_a_process_each(files, tmp_path, monkeypatch):
    calls = []
    monkeypatch.setattr(launch, "run_processes", lambda *a, **k: calls.append((a, k)))
    log = str(tmp_path / "log")
    launch_training(log=log, files=files, gpus=2, device="cuda", seed=1)
    (arguments,) = calls
    assert arguments[0] == (2, {"CUDA_VISIBLE_DEVICES": "GPU-a,GPU-b"})
    assert arguments[1] == {"log": log, "files": files, "device": "cuda", "seed": 1}


def _ends(error):
    def run(*_, **__):
        raise error

    return run


@pytest.mark.usefixtures("two_gpus")
def test_launch_training__a_launcher_that_fails_leaves_its_error_in_the_log(
    files, tmp_path, monkeypatch
):
    monkeypatch.setattr(launch, "run_processes", _ends(RuntimeError("no port is free")))
    with pytest.raises(RuntimeError):
        launch_training(log=str(tmp_path / "log"), files=files, gpus=2, device="cuda", seed=1)
    text = (tmp_path / "log").read_text()
    assert "RuntimeError: no port is free" in text
    assert "INFO done" not in text


@pytest.mark.usefixtures("two_gpus")
def test_launch_training__stopped_processes_end_it_with_their_message(
    files, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(launch, "run_processes", _ends(Stopped("stopped on request after step 3")))
    with pytest.raises(SystemExit, match=str(STOPPED_STATUS)):
        launch_training(log=str(tmp_path / "a.log"), files=files, gpus=2, device="cuda", seed=1)
    assert capsys.readouterr().err == "a: stopped on request after step 3\n"


@pytest.mark.slow
@pytest.mark.usefixtures("two_gpus")
def test_launch_training__if_torchrun_fails_its_message_is_shown_and_in_the_log(
    files, tmp_path, monkeypatch, capfd
):
    """Here it refuses to start no process at all."""
    run = launch.run_processes
    monkeypatch.setattr(launch, "run_processes", lambda _, *a, **k: run(0, {}, **k))
    with pytest.raises(SystemExit, match="1"):
        launch_training(log=str(tmp_path / "log"), files=files, gpus=2, device="cuda", seed=1)
    for text in (capfd.readouterr().err, (tmp_path / "log").read_text()):
        assert "torchrun ended with status 1" in text


@pytest.mark.slow
def test_run_processes__a_process_that_cannot_start_is_named_with_its_traceback(files, tmp_path):
    """Its error comes before its own log is open: it lacks an argument of the job."""
    with pytest.raises(InputError, match="TypeError"):
        run_processes(1, {}, log=str(tmp_path / "log"), files=files, unknown=1)
