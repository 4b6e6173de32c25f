"""The processes of a data-parallel training: torch's own groups, as `torchrun` starts them."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
import torch.distributed as dist
from torch import Tensor


@dataclass(frozen=True)
class Ranks:
    """This process's number and how many there are; each takes every `world`-th row of a batch."""

    rank: int = 0
    world: int = 1

    def share(self, rows: int) -> tuple[slice, int]:
        """Which of so many rows are this process's, and how many."""
        return slice(self.rank, None, self.world), len(range(self.rank, rows, self.world))

    def wait(self) -> None:
        """Until all processes have come here."""
        if self.world > 1:
            dist.barrier()

    def sum(self, values: Tensor) -> Tensor:
        """The sum over all processes, in place."""
        if self.world > 1:
            dist.all_reduce(values)
        return values


ALONE = Ranks()


def is_first() -> bool:
    """Whether this process is the first of those that torchrun started, or alone."""
    return os.environ.get("RANK", "0") == "0"


@contextmanager
def join_ranks(device: torch.device) -> Iterator[Ranks]:
    """The process group that torchrun's environment describes (gloo on a CPU, nccl on GPUs); a process
    that was not started by it is alone."""
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield ALONE
        return
    dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
    try:
        yield Ranks(dist.get_rank(), dist.get_world_size())
        # Taking a group apart while one of its threads still lets go of a tensor can lock both up for
        # good (torch 2.13, gloo); in a barrier that thread comes to its end.
        dist.barrier()
    finally:
        dist.destroy_process_group()
