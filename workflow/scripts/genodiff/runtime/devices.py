"""The device a job computes on, and repeatable arithmetic there."""

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from genodiff.runtime.errors import InputError
from genodiff.runtime.locks import lock_gpus
from genodiff.runtime.logs import logger


def _has_cuda(device: str) -> bool:
    """Whether `device` (auto, cpu, cuda) stands for a GPU here. Raises InputError for cuda where there
    is none."""
    there = device != "cpu" and torch.cuda.is_available()
    if device == "cuda" and not there:
        raise InputError("device: 'cuda' is asked for, but this machine has no CUDA device; use 'auto'")
    return there


def _lock(count: int) -> list[int]:
    """Numbers of so many GPUs, or of all where there are fewer, that are now this process's own."""
    uuids = [str(torch.cuda.get_device_properties(i).uuid) for i in range(torch.cuda.device_count())]
    if count > len(uuids):
        logger.warning("gpus: %d are asked for, and this machine shows %d", count, len(uuids))
    return lock_gpus(uuids, min(count, len(uuids)))


def lock_devices(device: str, gpus: int) -> list[str]:
    """Names, as CUDA_VISIBLE_DEVICES takes them, of so many GPUs that are locked for this process until
    it ends; none where `device` (auto, cpu, cuda) is not a GPU here, or where one is enough."""
    if gpus <= 1 or not _has_cuda(device):
        return []
    return [f"GPU-{torch.cuda.get_device_properties(i).uuid}" for i in _lock(gpus)]


def prepare(device: str, threads: int, gpus: int = 1) -> list[torch.device]:
    """Set threads and deterministic algorithms, and return the device that `device` (auto, cpu, cuda)
    stands for: the processor, or up to `gpus` GPUs that no other job has (see runtime.locks); a process
    that torchrun has started has that of its number.

    Raises InputError for cuda where there is none.
    """
    chosen = [torch.device("cpu")]
    if _has_cuda(device):
        own = os.environ.get("LOCAL_RANK")
        chosen = [torch.device("cuda", i) for i in ([int(own)] if own else _lock(gpus))]
        torch.cuda.set_device(chosen[0])
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(True)
    # Otherwise every new tensor is filled with NaN first, which cost a third of a step of large networks
    # and only helps those who read what they have not written.
    torch.utils.deterministic.fill_uninitialized_memory = False
    # Processes of one training on this machine share the threads.
    threads = max(1, threads // int(os.environ.get("LOCAL_WORLD_SIZE", "1")))
    torch.set_num_threads(threads)
    names = ", ".join(map(str, chosen))
    logger.info("torch %s on %s, %d threads", torch.__version__, names, threads)
    return chosen


# Parameters of glibc's mallopt.
_M_TRIM_THRESHOLD, _M_MMAP_MAX = -1, -4


def keep_memory(device: torch.device) -> None:
    """Let this process keep memory that it has freed, for its next tensors, instead of giving each large
    one back to the system, which hands out empty pages again at every step: 0.43 instead of 0.71 s for a
    step of `baseline` at the paper's size on two cores. Does nothing on GPUs and without glibc."""
    if device.type != "cpu":
        return
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):  # another C library
        return
    mallopt(_M_MMAP_MAX, 0)
    mallopt(_M_TRIM_THRESHOLD, -1)


# Below this many parameters the conversions cost more than the products gain: measured on two cores with
# AMX, training steps of the built-in cohort's networks (0.1 to 1 million) took 1.1 to 1.4 times as long.
_BFLOAT16_PARAMETERS = 10_000_000


def bfloat16_pays(precision: str, device: torch.device, parameters: int) -> bool:
    """Whether a network of so many parameters computes its products in bfloat16: `precision` is float32,
    bfloat16, or auto for what is quicker on this device."""
    if precision != "auto":
        logger.info("precision %s, as asked for", precision)
        return precision == "bfloat16"
    if device.type == "cuda":
        able, what = torch.cuda.is_bf16_supported(), "the GPU"
    else:
        known = torch.cpu.get_capabilities()
        able = any(known.get(name) for name in ("amx_bf16", "avx512_bf16", "bf16"))
        what = "the processor"
    chosen = able and parameters >= _BFLOAT16_PARAMETERS
    reason = f"{what} {'has' if able else 'lacks'} bfloat16, {parameters} parameters"
    logger.info("precision %s (%s)", "bfloat16" if chosen else "float32", reason)
    return chosen


def compiling_pays(compiled: bool | str, device: torch.device) -> bool:
    """Whether the training steps of a network go through torch.compile: `compiled` is true, false, or
    "auto" for GPUs only.

    On two cores it made the steps of the built-in cohort's networks 0.9 to 1.2 times as quick, after
    5 to 157 s of compilation, which their trainings do not last long enough to win back.
    """
    chosen = device.type == "cuda" if compiled == "auto" else bool(compiled)
    why = f"on a {device.type} device" if compiled == "auto" else "as asked for"
    logger.info("training steps %s (%s)", "compiled" if chosen else "not compiled", why)
    return chosen


@contextmanager
def memory_advice(setting: str) -> Iterator[None]:
    """Turn the several exceptions of a lack of memory into an InputError that names the `setting` to
    lower."""
    try:
        yield
    except (MemoryError, torch.OutOfMemoryError) as error:
        raise _out_of_memory(error, setting) from error
    except RuntimeError as error:
        # What torch's allocator for processors raises has no class of its own.
        if "can't allocate memory" not in str(error):
            raise
        raise _out_of_memory(error, setting) from error


def _out_of_memory(error: BaseException, setting: str) -> InputError:
    what = str(error).partition("\n")[0] or type(error).__name__
    return InputError(f"out of memory ({what}): lower {setting}, or give the job more memory")
