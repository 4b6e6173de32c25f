"""Which device a job computes on."""

import os
import platform
import subprocess
import sys
from types import SimpleNamespace

import pytest
import torch

from genodiff.runtime import devices
from genodiff.runtime.devices import memory_advice, prepare
from genodiff.runtime.errors import InputError


@pytest.fixture(autouse=True)
def _torch_settings(monkeypatch):
    threads, strict = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", ":16:8")  # as it was is restored at the end
    yield
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(strict)


@pytest.mark.parametrize(
    ("asked", "there", "given"),
    [
        ("auto", False, "cpu"),
        ("auto", True, "cuda:1"),
        ("cpu", True, "cpu"),
        ("cpu", False, "cpu"),
        ("cuda", True, "cuda:1"),
    ],
)
def test_prepare__gives_the_device(monkeypatch, asked, there, given):
    """A machine of two GPUs, of which another process has the first."""
    chosen, uuids = [], ["A", "B"]
    monkeypatch.setattr(torch.cuda, "is_available", lambda: there)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(
        torch.cuda, "get_device_properties", lambda number: SimpleNamespace(uuid=uuids[number])
    )
    monkeypatch.setattr(torch.cuda, "set_device", chosen.append)
    monkeypatch.setattr(devices, "lock_gpus", lambda found, count: {("A", "B"): [1]}[tuple(found)])
    assert prepare(asked, 1) == [torch.device(given)]
    assert chosen == ([torch.device(given)] if given != "cpu" else [])


def test_prepare__a_process_of_torchrun_has_the_device_of_its_number(monkeypatch):
    monkeypatch.setenv("LOCAL_RANK", "3")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "set_device", lambda device: None)
    assert prepare("auto", 1) == [torch.device("cuda", 3)]


def test_prepare__raises_when_there_is_no_cuda(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(InputError, match=r"device: 'cuda' .* no CUDA device; use 'auto'"):
        prepare("cuda", 1)


def test_prepare__threads_and_deterministic_algorithms(monkeypatch):
    torch.use_deterministic_algorithms(False)
    monkeypatch.delenv("CUBLAS_WORKSPACE_CONFIG")
    prepare("cpu", 2)
    assert torch.get_num_threads() == 2
    assert torch.are_deterministic_algorithms_enabled()
    # CUDA's matrix products are repeatable only with this.

    assert os.environ["CUBLAS_WORKSPACE_CONFIG"] == ":4096:8"


def test_prepare__keeps_a_workspace_that_the_user_has_set(monkeypatch):
    prepare("cpu", 1)

    assert os.environ["CUBLAS_WORKSPACE_CONFIG"] == ":16:8"


@pytest.mark.parametrize(("processes", "threads"), [("1", 3), ("2", 1), ("8", 1)])
def test_prepare__processes_of_a_machine_share_the_threads(monkeypatch, processes, threads):
    monkeypatch.setenv("LOCAL_WORLD_SIZE", processes)
    prepare("cpu", 3)
    assert torch.get_num_threads() == threads


def _no_room_on_the_processor():
    torch.empty(2**60)


def _no_room_on_the_gpu():
    raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB.\nMore advice.")


def _no_room_in_python():
    raise MemoryError


@pytest.mark.parametrize("work", [_no_room_on_the_processor, _no_room_on_the_gpu, _no_room_in_python])
def test_memory_advice__names_the_setting(work):
    with pytest.raises(InputError) as caught, memory_advice("diffusion.batch_size"):
        work()
    assert str(caught.value).startswith("out of memory (")
    assert str(caught.value).endswith("): lower diffusion.batch_size, or give the job more memory")
    assert "\n" not in str(caught.value)


def test_memory_advice__leaves_other_errors_alone():
    with pytest.raises(RuntimeError, match="shapes"), memory_advice("x"):
        raise RuntimeError("shapes do not match")


# Empty pages that the system hands out while a process takes and gives back 64 MiB thirty times.
FAULTS = """
import resource, sys, torch
from genodiff.runtime.devices import keep_memory
if sys.argv[1] == "keep":
    keep_memory(torch.device("cpu"))
torch.ones(2**24)
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(30):
    torch.ones(2**24)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="a setting of glibc")
@pytest.mark.slow
def test_keep_memory__large_tensors_take_the_pages_of_those_before_them():
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    faults = {
        how: int(
            subprocess.run(
                [sys.executable, "-c", FAULTS, how], env=environment, capture_output=True, check=True
            ).stdout
        )
        for how in ("keep", "give back")
    }
    assert faults["keep"] < 0.5 * faults["give back"]
