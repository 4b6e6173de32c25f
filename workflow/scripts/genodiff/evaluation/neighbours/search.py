"""Nearest individuals by cosine from float32 products of blocks; `exact.py` resolves near ties."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from genodiff.evaluation.neighbours.rows import Rows
from genodiff.runtime.logs import progress

# Additional neighbours that are kept so that near ties can be resolved without a second search.
SPARE = 4


@dataclass(frozen=True)
class Budget:
    """Limits of a search: memory of its blocks in MiB, the device of its products; and memory of one
    more set of individuals in MiB, beyond which it goes to a scratch file in `folder`."""

    memory_mb: float
    device: torch.device
    set_mb: float = float("inf")
    folder: str = "."


@dataclass(frozen=True)
class Neighbours:
    """The m nearest individuals of a set for each of N individuals, nearest first."""

    cosines: np.ndarray  # float32 (N, m), with rounding errors (see `exact.rounding`)
    indices: np.ndarray  # int64 (N, m), in the searched set; -1 if there are fewer
    complete: bool  # whether these are all individuals of the searched set


class _Best:
    """The nearest of `available` individuals so far for each of N individuals: `nearest` and SPARE."""

    def __init__(self, individuals: int, nearest: int, available: int):
        keep = min(nearest + SPARE, max(1, available))
        self.complete = keep >= available
        self.cosines = torch.full((individuals, keep), -torch.inf)
        self.indices = torch.full((individuals, keep), -1, dtype=torch.int64)

    def offer(self, first: int, block: Tensor, offset: int) -> None:
        """Consider the cosines (n, b) of individuals `first`, ... with individuals `offset`, ... of the
        searched set."""
        keep = min(self.cosines.shape[1], block.shape[1])
        cosines, indices = block.topk(keep, dim=1)
        rows = slice(first, first + len(block))
        cosines = torch.cat([self.cosines[rows], cosines.cpu()], 1)
        indices = torch.cat([self.indices[rows], indices.cpu() + offset], 1)
        self.cosines[rows], order = cosines.topk(self.cosines.shape[1], dim=1)
        self.indices[rows] = indices.gather(1, order)

    def neighbours(self) -> Neighbours:
        return Neighbours(self.cosines.numpy(), self.indices.numpy(), self.complete)


def block_size(features: int, memory_mb: float) -> int:
    """Number of individuals in a block such that two blocks, their copies on a device and four matrices
    of their cosines fit into `memory_mb`."""
    values = memory_mb * 2**20 / 4
    # 4 b features + 4 b^2 = values
    return max(1, int((np.sqrt(features**2 + values) - features) / 2))


class _Reader:
    """Reader of blocks of individuals, which reuses the memory of the previous block."""

    def __init__(self, rows: Rows, size: int, device: torch.device):
        shape = min(size, len(rows)), rows.features
        self.rows, self.device = rows, device
        self.buffer = None if rows.store.held_mb else np.empty(shape, np.float32)

    def load(self, part: slice) -> tuple[Tensor, Tensor, Tensor]:
        """Values (b, D), reciprocal norms (b,), 0 for zero vectors, and which individuals these are
        (b,)."""
        norms = torch.from_numpy(self.rows.norms[part])
        zero = norms == 0
        scale = torch.where(zero, 0.0, 1 / torch.where(zero, 1.0, norms)).float()
        x = torch.from_numpy(self.rows.read(part, self.buffer))
        return x.to(self.device), scale.to(self.device), zero.to(self.device)


def _cosines(a: tuple, b: tuple) -> Tensor:
    product = (a[0] @ b[0].T).mul_(a[1][:, None]).mul_(b[1][None])
    if a[2].any() and b[2].any():
        product[a[2][:, None] & b[2][None]] = 1.0
    return product


def _search(
    first: Rows, second: Rows | None, nearest: int, budget: Budget
) -> tuple[Neighbours, Neighbours]:
    """Search between two sets, or within the first if the second is None. Each product of two blocks is
    computed once, for both sides."""
    same, second = second is None, first if second is None else second
    of_first = _Best(len(first), nearest, len(second) - same)
    of_second = of_first if same else _Best(len(second), nearest, len(first))
    size = block_size(first.features, budget.memory_mb)
    parts, others = (
        [slice(i, min(i + size, n)) for i in range(0, n, size)] for n in (len(first), len(second))
    )
    reader, other_reader = (_Reader(rows, size, budget.device) for rows in (first, second))
    shown = progress(parts, len(parts), "blocks of individuals") if len(parts) > 1 else parts
    for number, part in enumerate(shown):
        loaded = reader.load(part)
        for other in others[number * same :]:
            diagonal = same and other == part
            block = _cosines(loaded, loaded if diagonal else other_reader.load(other))
            if diagonal:
                block.fill_diagonal_(-torch.inf)
            else:
                of_second.offer(other.start, block.T, part.start)
            of_first.offer(part.start, block, other.start)
    return of_first.neighbours(), of_second.neighbours()


def within(individuals: Rows, nearest: int, budget: Budget) -> Neighbours:
    """The `nearest` (and SPARE) other individuals of the same set for each of its N individuals."""
    return _search(individuals, None, nearest, budget)[0]


def between(first: Rows, second: Rows, nearest: int, budget: Budget) -> tuple[Neighbours, Neighbours]:
    """The `nearest` (and SPARE) individuals of `second` for each of `first`, and vice versa."""
    return _search(first, second, nearest, budget)
