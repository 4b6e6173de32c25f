"""Locks between processes: of work and of GPUs. They end with their process, however it ends."""

import errno
import os
import socket
import subprocess
import sys
import time

import pytest

from genodiff.runtime import locks
from genodiff.runtime.errors import InputError
from genodiff.runtime.locks import lock_gpus, only_process

WORKER = """
from genodiff.runtime.locks import only_process
with only_process(sys.argv[1]):
    print("has it", flush=True)
    time.sleep(600)
"""
# Locks, says which, and keeps them until it is killed; its child, if it has one, even longer.
GPU_HOLDER = """
import subprocess
from genodiff.runtime.locks import held_locks, lock_gpus
print(lock_gpus(["A", "B", "C"], int(sys.argv[1]), sys.argv[2]), flush=True)
child = sys.argv[3:] and subprocess.Popen(["sleep", "600"], stdout=-3, pass_fds=held_locks())
print(child and child.pid, flush=True)
time.sleep(600)
"""


@pytest.fixture
def start():
    """Function: start a process with some code and arguments; it is killed at the end of the test."""
    started = []

    def run(code, *arguments):
        process = subprocess.Popen(
            [sys.executable, "-c", f"import sys, time\n{code}", *map(str, arguments)], text=True,
            stdout=subprocess.PIPE, env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        )  # fmt: skip
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()
        process.communicate()


class TestOnlyProcess:
    @pytest.fixture
    def worker(self, start, tmp_path):
        """A process that is at the work in tmp_path/state."""
        process = start(WORKER, tmp_path / "state")
        assert process.stdout.readline() == "has it\n"
        return process

    @pytest.mark.parametrize("job", [None, "77"])
    def test_names_the_other_one(self, start, tmp_path, monkeypatch, job):
        if job:
            monkeypatch.setenv("SLURM_JOB_ID", job)
        worker = start(WORKER, tmp_path / "state")
        assert worker.stdout.readline() == "has it\n"
        where = f"{socket.gethostname()}, SLURM job 77" if job else socket.gethostname()
        match = rf"state: another process \(PID {worker.pid} on {where}\) is working on this"
        with pytest.raises(InputError, match=match), only_process(tmp_path / "state"):
            pass

    def test_goes_on_after_one_that_was_killed(self, worker, tmp_path):
        worker.kill()
        worker.wait()
        with only_process(tmp_path / "state"):
            found = (tmp_path / "state.lock").read_text()
            assert found == f"PID {os.getpid()} on {socket.gethostname()}"
        assert os.listdir(tmp_path) == []

    def test_removes_what_was_left_half_written(self, tmp_path):
        (tmp_path / "state").mkdir()
        for name in (".state.safetensors.77.part", "state.safetensors"):
            (tmp_path / "state" / name).touch()
        with only_process(tmp_path / "state"):
            assert os.listdir(tmp_path / "state") == ["state.safetensors"]

    @pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOSYS])
    def test_does_without_a_lock_where_the_file_system_has_none(self, tmp_path, monkeypatch, number):
        def refuse(*_):
            raise OSError(number, os.strerror(number))

        monkeypatch.setattr("fcntl.flock", refuse)
        with only_process(tmp_path / "state"), only_process(tmp_path / "state"):
            pass
        assert not (tmp_path / "state.lock").exists()

    def test_does_not_hide_a_folder_that_must_not_be_written(self, tmp_path, monkeypatch):
        def refuse(*_, **__):
            raise PermissionError(errno.EACCES, "Permission denied", str(tmp_path))

        monkeypatch.setattr(locks.FileLock, "acquire", refuse)
        with pytest.raises(PermissionError), only_process(tmp_path / "state"):
            pass


class TestLockGpus:
    def test_processes_have_different_ones(self, start, tmp_path):
        assert start(GPU_HOLDER, 1, tmp_path).stdout.readline() == "[0]\n"
        assert start(GPU_HOLDER, 1, tmp_path).stdout.readline() == "[1]\n"
        assert lock_gpus(["A", "B", "C"], 1, tmp_path) == [2]

    def test_waits_until_a_process_is_killed_and_takes_none_before(self, start, tmp_path):
        first = start(GPU_HOLDER, 2, tmp_path)
        assert first.stdout.readline() == "[0, 1]\n"
        second = start(GPU_HOLDER, 2, tmp_path)  # one is free: too few for it
        time.sleep(1.5)
        assert second.poll() is None
        third = start(GPU_HOLDER, 1, tmp_path)  # and it does not hold that one
        assert third.stdout.readline() == "[2]\n"
        first.kill()
        assert second.stdout.readline() == "[0, 1]\n"

    def test_child_processes_keep_what_is_handed_on_to_them(self, start, tmp_path):
        first = start(GPU_HOLDER, 1, tmp_path, "child")
        assert first.stdout.readline() == "[0]\n"
        child = int(first.stdout.readline())
        first.kill()
        first.wait()
        assert start(GPU_HOLDER, 1, tmp_path).stdout.readline() == "[1]\n"
        os.kill(child, 9)
        assert start(GPU_HOLDER, 1, tmp_path).stdout.readline() == "[0]\n"

    def test_files_can_be_read_by_others(self, start, tmp_path):
        umask = os.umask(0o077)
        try:
            assert lock_gpus(["A"], 1, tmp_path) == [0]
        finally:
            os.umask(umask)
        assert (tmp_path / "genodiff-gpu-A.lock").stat().st_mode & 0o777 == 0o644

    def test_raises_on_more_than_there_are(self, tmp_path):
        with pytest.raises(ValueError, match="2 GPUs are asked for, and this machine has 1"):
            lock_gpus(["A"], 2, tmp_path)
