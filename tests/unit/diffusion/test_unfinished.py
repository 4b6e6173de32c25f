"""One process at a time at the same work, and full disks."""

import errno
import os
import socket
import subprocess
import sys

import pytest
from safetensors import SafetensorError

from genodiff.runtime.errors import InputError
from genodiff.training.unfinished import disk_advice, only_process

HOLDER = """
import sys, time
from genodiff.training.unfinished import only_process
with only_process(sys.argv[1]):
    print("has it", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def holder(tmp_path):
    """A process that is at the work in tmp_path/state."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path / "state")], text=True, stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    assert process.stdout.readline() == "has it\n"
    yield process
    process.kill()
    process.communicate()


def test_only_process__another_one_is_named(holder, tmp_path):
    match = rf"state: another process \(number {holder.pid} on {socket.gethostname()}\) is at this work"
    with pytest.raises(InputError, match=match), only_process(tmp_path / "state"):
        pass


def test_only_process__a_killed_one_leaves_the_work_to_the_next(holder, tmp_path):
    holder.kill()
    holder.wait()
    with only_process(tmp_path / "state"):
        assert (tmp_path / "state.lock").read_text() == f"number {os.getpid()} on {socket.gethostname()}"
    assert not (tmp_path / "state.lock").exists()


def test_only_process__removes_what_was_left_half_written(tmp_path):
    (tmp_path / "state").mkdir()
    for name in (".state.safetensors.77.part", "state.safetensors"):
        (tmp_path / "state" / name).touch()
    with only_process(tmp_path / "state"):
        assert os.listdir(tmp_path / "state") == ["state.safetensors"]


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)),
        SafetensorError("I/O error: No space left on device (os error 28)"),
        OSError("[Errno 27] Error writing bytes to file. Detail: [errno 27] File too large"),
    ],
)
def test_disk_advice__says_what_to_do_and_where_the_state_is(error):
    match = r"no room on the disk .*same command.* is in here"
    with pytest.raises(InputError, match=match), disk_advice("here"):
        raise error


def test_disk_advice__leaves_other_errors_alone():
    with pytest.raises(PermissionError), disk_advice("here"):
        raise PermissionError(errno.EACCES, "Permission denied")
