"""The processes of a data-parallel training, which torchrun starts."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
import torch.distributed as dist
from torch import Tensor


@dataclass(frozen=True)
class ProcessGroup:
    """This process's rank and the number of processes; each takes every `world`-th row of a batch."""

    rank: int = 0
    world: int = 1

    def share(self, rows: int) -> tuple[slice, int]:
        """Slice of the rows that this process has, and its length."""
        return slice(self.rank, None, self.world), len(range(self.rank, rows, self.world))

    def sum(self, values: Tensor) -> Tensor:
        """The sum over all processes, in place."""
        if self.world > 1:
            dist.all_reduce(values)
        return values


SINGLE_PROCESS = ProcessGroup()
# Groups that were joined. The destructor of a gloo group holds Python's lock while it waits for a thread
# that may itself wait for this lock (torch 2.13); these references keep it from ever running.
_kept: list = []


def process_rank() -> int:
    """This process's rank among those that torchrun started, 0 without torchrun."""
    return int(os.environ.get("RANK", "0"))


@contextmanager
def join_process_group(device: torch.device) -> Iterator[ProcessGroup]:
    """Join the process group that torchrun's environment describes (gloo on a CPU, nccl on GPUs). A
    process that was not started by torchrun forms a group of one."""
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield SINGLE_PROCESS
        return
    dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
    _kept.append(dist.group.WORLD)
    try:
        yield ProcessGroup(dist.get_rank(), dist.get_world_size())
        # Destroying a group while one of its threads still releases a tensor can deadlock (torch 2.13,
        # gloo); the barrier lets that thread finish first.
        dist.barrier()
    finally:
        dist.destroy_process_group()
