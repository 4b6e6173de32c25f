"""States of unfinished work: whole or absent, the one before kept, never of other work."""

import errno
import json
import os
import resource

import pytest
import torch
from safetensors import SafetensorError

from genodiff.runtime.errors import InputError
from genodiff.training.checkpoint import Checkpoints, State, disk_advice

IDENTITY = {"seed": 1, "diffusion": {"epochs": 3}, "train": "a1"}


def _state(number):
    facts = {"done": number, "history": [{"loss": 0.1}]}
    return State({"a": torch.arange(4.0) + number, "b/c": torch.tensor(number)}, facts)


@pytest.fixture
def checkpoints(tmp_path):
    return Checkpoints(tmp_path / "state", IDENTITY, 10)


def _damage(path, share):
    with open(path, "rb+") as file:
        file.truncate(int(share * path.stat().st_size))


def test_load__gives_back_what_was_saved_last(checkpoints):
    assert checkpoints.load() is None
    for number in (1, 2, 3):
        checkpoints.save(_state(number))
    state = checkpoints.load()
    assert state.facts == _state(3).facts
    assert state.tensors.keys() == {"a", "b/c"}
    assert torch.equal(state.tensors["a"], torch.arange(4.0) + 3)
    assert state.tensors["b/c"].dtype == torch.int64
    assert sorted(os.listdir(checkpoints.folder)) == ["previous.safetensors", "state.safetensors"]


@pytest.mark.parametrize("share", [0, 0.001, 0.3, 0.9, 0.999])
def test_load__a_truncated_state_gives_way_to_the_one_before(checkpoints, share, caplog):
    checkpoints.save(_state(1))
    checkpoints.save(_state(2))
    _damage(checkpoints.folder / "state.safetensors", share)
    with caplog.at_level("WARNING", "genodiff"):
        assert checkpoints.load().facts["done"] == 1
    assert "state.safetensors" in caplog.text
    assert "going on from the state before it" in caplog.text


def test_load__goes_on_where_a_kill_fell_between_two_renames(checkpoints):
    checkpoints.save(_state(1))
    os.replace(checkpoints.folder / "state.safetensors", checkpoints.folder / "previous.safetensors")
    assert checkpoints.load().facts["done"] == 1


def test_load__says_what_to_do_when_no_state_can_be_read(checkpoints):
    checkpoints.save(_state(1))
    _damage(checkpoints.folder / "state.safetensors", 0.5)
    with pytest.raises(InputError, match=r"state\.safetensors.*delete .*state"):
        checkpoints.load()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"seed": 2}, "seed was 1, is 2"),
        ({"diffusion": {"epochs": 4}}, "diffusion.epochs was 3, is 4"),
        ({"train": "b2", "seed": 3}, 'seed was 1, is 3; train was "a1", is "b2"'),
        ({"code": "x"}, 'code was null, is "x"'),
    ],
)
def test_load__refuses_a_state_of_other_work_and_says_why(checkpoints, change, message):
    checkpoints.save(_state(1))
    other = Checkpoints(checkpoints.folder, IDENTITY | change, 10)
    with pytest.raises(InputError) as caught:
        other.load()
    assert message in str(caught.value)
    assert "delete the folder" in str(caught.value)
    # The state is still there for those who put things back.
    assert checkpoints.load().facts["done"] == 1


def test_save__a_full_disk_keeps_the_state_before_and_says_what_to_do(checkpoints):
    checkpoints.save(_state(1))
    large = State({"a": torch.zeros(100_000)}, {"done": 2})
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, before[1]))
    try:
        with pytest.raises(InputError, match=r"cannot save.*make room and run the same command"):
            checkpoints.save(large)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert os.listdir(checkpoints.folder) == ["state.safetensors"]
    assert checkpoints.load().facts["done"] == 1


def test_due__after_so_many_minutes(checkpoints, monkeypatch):
    now = checkpoints.saved
    monkeypatch.setattr("genodiff.training.checkpoint.monotonic", lambda: now)
    assert not checkpoints.due()
    now += 599
    assert not checkpoints.due()
    now += 1.1  # sums of seconds round
    assert checkpoints.due()
    checkpoints.save(_state(1))
    assert not checkpoints.due()
    assert Checkpoints(checkpoints.folder, IDENTITY, 0).due()


def test_save__holds_tensors_and_json_and_no_code(checkpoints):
    checkpoints.save(_state(1))
    with open(checkpoints.folder / "state.safetensors", "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
    assert header.keys() == {"__metadata__", "a", "b/c"}
    assert json.loads(header["__metadata__"]["genodiff"])["identity"] == IDENTITY


def test_clear__removes_the_folder(checkpoints):
    checkpoints.clear()
    checkpoints.save(_state(1))
    checkpoints.clear()
    assert not checkpoints.folder.exists()


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
