"""No two processes have the same GPU; a device is free again when its process ends, however it ends."""

import subprocess
import sys
import time

import pytest

from genodiff.runtime.gpu_locks import lock_gpus

# Locks, says which, and keeps them until it is killed.
HOLDER = """
import sys, time
from genodiff.runtime.gpu_locks import lock_gpus
print(lock_gpus(["A", "B", "C"], int(sys.argv[1]), sys.argv[2]), flush=True)
time.sleep(600)
"""


@pytest.fixture
def holder(tmp_path):
    """Function: a process that locks so many of three devices; it is killed at the end of the test."""
    started = []

    def start(count: int) -> subprocess.Popen:
        process = subprocess.Popen(
            [sys.executable, "-c", HOLDER, str(count), str(tmp_path)], text=True,
            stdout=subprocess.PIPE, env={"PYTHONPATH": ":".join(sys.path), "PATH": "/usr/bin"},
        )  # fmt: skip
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_lock_gpus__processes_have_different_ones(holder, tmp_path):
    assert holder(1).stdout.readline() == "[0]\n"
    assert holder(1).stdout.readline() == "[1]\n"
    assert lock_gpus(["A", "B", "C"], 1, tmp_path) == [2]


def test_lock_gpus__waits_until_a_process_is_killed_and_takes_none_before(holder, tmp_path):
    first = holder(2)
    assert first.stdout.readline() == "[0, 1]\n"
    second = holder(2)  # one is free: too few for it
    time.sleep(1.5)
    assert second.poll() is None
    third = holder(1)  # and it does not hold that one
    assert third.stdout.readline() == "[2]\n"
    first.kill()
    assert second.stdout.readline() == "[0, 1]\n"


def test_lock_gpus__raises_on_more_than_there_are(tmp_path):
    with pytest.raises(ValueError, match="2 GPUs are asked for, and this machine has 1"):
        lock_gpus(["A"], 2, tmp_path)
