"""Devices of a job, reproducible arithmetic, precision and compilation."""

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from genodiff.runtime.errors import InputError
from genodiff.runtime.locks import lock_gpus
from genodiff.runtime.logs import logger


def _has_cuda(device: str) -> bool:
    """Whether `device` (auto, cpu, cuda) selects a GPU on this machine. Raises InputError for cuda on a
    machine without one."""
    available = device != "cpu" and torch.cuda.is_available()
    if device == "cuda" and not available:
        raise InputError("device: 'cuda' is asked for, but this machine has no CUDA device; use 'auto'")
    return available


def _lock(count: int) -> dict[int, str]:
    """Lock `count` GPUs for this process, or all if there are fewer; their numbers and UUIDs."""
    uuids = [str(torch.cuda.get_device_properties(i).uuid) for i in range(torch.cuda.device_count())]
    if count > len(uuids):
        logger.warning("gpus: %d are asked for, and this machine shows %d", count, len(uuids))
    return {i: uuids[i] for i in lock_gpus(uuids, min(count, len(uuids)))}


def lock_devices(device: str, gpus: int) -> list[str]:
    """Lock `gpus` GPUs until this process ends, and return their names in the form of
    CUDA_VISIBLE_DEVICES. The list is empty if `device` (auto, cpu, cuda) selects no GPU on this machine
    or `gpus` is 1. Raises InputError for cuda on a machine without a GPU."""
    return [f"GPU-{uuid}" for uuid in _lock(gpus).values()] if gpus > 1 and _has_cuda(device) else []


def prepare(device: str, threads: int, gpus: int = 1) -> list[torch.device]:
    """Set the number of threads and deterministic algorithms, and return the devices of the job.

    `device` (auto, cpu, cuda) selects the CPU, or up to `gpus` GPUs, which are locked (see
    runtime.locks). A process that torchrun started gets the GPU of its local rank. Raises InputError for
    cuda on a machine without a GPU.
    """
    chosen = [torch.device("cpu")]
    if _has_cuda(device):
        rank = os.environ.get("LOCAL_RANK")
        chosen = [torch.device("cuda", i) for i in ([int(rank)] if rank else _lock(gpus))]
        torch.cuda.set_device(chosen[0])
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(True)
    # By default this mode fills new tensors with NaN: a third of the time of a step of large networks.
    torch.utils.deterministic.fill_uninitialized_memory = False
    # Processes of one training on this machine share the threads.
    threads = max(1, threads // int(os.environ.get("LOCAL_WORLD_SIZE", "1")))
    torch.set_num_threads(threads)
    logger.info("torch %s on %s, %d threads", torch.__version__, ", ".join(map(str, chosen)), threads)
    return chosen


# Parameters of glibc's mallopt.
_M_TRIM_THRESHOLD, _M_MMAP_MAX = -1, -4


def keep_memory(device: torch.device) -> None:
    """Reuse freed memory for new tensors instead of returning it to the system (glibc on CPUs only).

    At the paper's size a step of `baseline` took 0.43 instead of 0.71 s on two cores, one of the CNN
    classifier 0.53 instead of 1.39 s of one core.
    """
    if device.type != "cpu":
        return
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):  # another C library
        return
    mallopt(_M_MMAP_MAX, 0)
    mallopt(_M_TRIM_THRESHOLD, -1)


# With fewer parameters the conversions cost more than the products gain: on two cores with AMX, training
# steps of the built-in cohort's networks (0.1 to 1 million parameters) took 1.1 to 1.4 times as long.
_BFLOAT16_PARAMETERS = 10_000_000


def bfloat16_pays(precision: str, device: torch.device, parameters: int) -> bool:
    """Whether a network with this number of parameters computes its products in bfloat16. `precision` is
    float32, bfloat16, or auto for the faster one on this device."""
    if precision != "auto":
        logger.info("precision %s, as asked for", precision)
        return precision == "bfloat16"
    if device.type == "cuda":
        able, processor = torch.cuda.is_bf16_supported(), "the GPU"
    else:
        capabilities = torch.cpu.get_capabilities()
        able = any(capabilities.get(name) for name in ("amx_bf16", "avx512_bf16", "bf16"))
        processor = "the processor"
    chosen = able and parameters >= _BFLOAT16_PARAMETERS
    reason = f"{processor} {'has' if able else 'lacks'} bfloat16, {parameters} parameters"
    logger.info("precision %s (%s)", "bfloat16" if chosen else "float32", reason)
    return chosen


def compiling_pays(compiled: bool | str, device: torch.device) -> bool:
    """Whether training steps are compiled with torch.compile: `compiled` is true, false, or "auto" for
    GPUs only.

    On two cores, compilation took 5 to 157 s and changed the speed of the steps of the built-in cohort's
    networks by a factor of 0.9 to 1.2; their trainings are too short to recover that time.
    """
    chosen = device.type == "cuda" if compiled == "auto" else bool(compiled)
    why = f"on a {device.type} device" if compiled == "auto" else "as asked for"
    logger.info("training steps %s (%s)", "compiled" if chosen else "not compiled", why)
    return chosen


@contextmanager
def memory_advice(setting: str) -> Iterator[None]:
    """Replace the exceptions of a lack of memory by an InputError that names the `setting` to lower."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        # The CPU allocator of torch raises a plain RuntimeError.
        lacking = isinstance(error, (MemoryError, torch.OutOfMemoryError))
        if not lacking and "can't allocate memory" not in str(error):
            raise
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise InputError(
            f"out of memory ({reason}): lower {setting}, or give the job more memory"
        ) from error
