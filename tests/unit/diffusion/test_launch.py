"""What starts the processes of a training."""

import pytest

from genodiff.training.launch import launch_training, launcher_command, run_processes
from genodiff.training.train_job import TrainFiles


@pytest.fixture
def files(tmp_path):
    """Files of a job that are not there."""
    names = ["layout", "train", "validation", "weights", "config", "history", "state"]
    return TrainFiles(*(str(tmp_path / name) for name in names))


def test_launcher_command__is_split_as_a_shell_would_and_variables_are_filled_in(monkeypatch):
    monkeypatch.setenv("HEAD_NODE", "a b")
    found = launcher_command("srun --comment='two words' torchrun --rdzv-endpoint='$HEAD_NODE:1'")
    assert found == ["srun", "--comment=two words", "torchrun", "--rdzv-endpoint=a b:1"]


def test_launch_training__a_variable_that_is_not_set_ends_the_job(files, tmp_path, monkeypatch, capsys):
    monkeypatch.delenv("SLURM_NNODES", raising=False)
    with pytest.raises(SystemExit) as end:
        launch_training(
            str(tmp_path / "log"), files, 1, "torchrun --nnodes=$SLURM_NNODES", device="cpu"
        )  # fmt: skip
    assert end.value.code == 1
    assert "launcher: 'torchrun --nnodes=$SLURM_NNODES' names an environment" in capsys.readouterr().err


def test_run_processes__a_command_that_is_not_there_is_named(files, tmp_path, capsys):
    assert run_processes(str(tmp_path / "log"), files, ["no-such-srun"], {}) == 1
    assert capsys.readouterr().err == "\nError: launcher: no-such-srun: No such file or directory\n"


@pytest.mark.parametrize(("status", "shown"), [(0, ""), (3, "srun: no such partition")])
def test_run_processes__a_command_that_fails_before_any_process_is_heard(
    files, tmp_path, capfd, status, shown
):
    command = ["bash", "-c", f"echo srun: no such partition >&2; exit {status}"]
    assert run_processes(str(tmp_path / "log"), files, command, {}) == (1 if status else 0)
    assert capfd.readouterr().err.strip().endswith(shown)
    assert (tmp_path / "log").exists() == bool(status)


@pytest.mark.parametrize(
    ("launcher", "message"),
    [
        ("  ", "launcher: there is no command in it"),
        ("srun 'torchrun", 'launcher: "srun \'torchrun" cannot be split into words'),
        ("true", "launcher: true has ended, but trained nothing"),
        ("false", "launcher: false ended with status 1"),
    ],
)
def test_launch_training__nonsense_ends_the_job_and_is_in_its_log(
    files, tmp_path, capfd, launcher, message
):
    with pytest.raises(SystemExit) as end:
        launch_training(str(tmp_path / "log"), files, 1, launcher, device="cpu")
    assert end.value.code == 1
    assert message in capfd.readouterr().err
    assert message in (tmp_path / "log").read_text()
