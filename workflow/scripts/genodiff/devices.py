"""The device a job computes on, and repeatable arithmetic there."""

import os

import torch

from genodiff.errors import InputError
from genodiff.logs import logger


def prepare(device: str, threads: int) -> torch.device:
    """Set threads and deterministic algorithms, and return the device that `device` (auto, cpu, cuda)
    stands for. Raises InputError for cuda where there is none."""
    if device == "cuda" and not torch.cuda.is_available():
        raise InputError("device: 'cuda' is asked for, but this machine has no CUDA device; use 'auto'")
    chosen = "cuda" if device != "cpu" and torch.cuda.is_available() else "cpu"
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(True)
    torch.set_num_threads(threads)
    logger.info("torch %s on %s, %d threads", torch.__version__, chosen, threads)
    return torch.device(chosen)
