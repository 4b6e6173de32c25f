"""The nearest individuals by cosine, block by block, from float32 products; `exact.py` settles near
ties."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from genodiff.evaluation.neighbours.rows import Rows
from genodiff.runtime.logs import progress

# Neighbours kept beyond those asked for, so that near ties can be settled without a second search.
SPARE = 4


@dataclass(frozen=True)
class Budget:
    """What a search may use: memory of its blocks in MiB, and the device of its products."""

    memory_mb: float
    device: torch.device


@dataclass(frozen=True)
class Neighbours:
    """For each of N individuals the nearest ones of another set, best first.

    cosines float32 (N, m), as computed (see `exact.rounding`); places int64 (N, m) in the other set;
    `complete`: the m are all there are.
    """

    cosines: np.ndarray
    places: np.ndarray
    complete: bool


class _Best:
    """The m best so far of N individuals."""

    def __init__(self, individuals: int, keep: int):
        self.cosines = torch.full((individuals, keep), -torch.inf)
        self.places = torch.full((individuals, keep), -1, dtype=torch.int64)

    def offer(self, first: int, block: Tensor, offset: int) -> None:
        """Consider block (n, b): cosines of individuals `first` and following with places `offset` and
        on."""
        keep = min(self.cosines.shape[1], block.shape[1])
        cosines, places = block.topk(keep, dim=1)
        rows = slice(first, first + len(block))
        cosines = torch.cat([self.cosines[rows], cosines.cpu()], 1)
        places = torch.cat([self.places[rows], places.cpu() + offset], 1)
        self.cosines[rows], order = cosines.topk(self.cosines.shape[1], dim=1)
        self.places[rows] = places.gather(1, order)


def block_size(features: int, memory_mb: float) -> int:
    """Individuals in a block such that two blocks, their copies on a device and four of their tables of
    cosines fit in `memory_mb`."""
    values = memory_mb * 2**20 / 4
    # 4 b features + 4 b^2 = values
    return max(1, int((np.sqrt(features**2 + values) - features) / 2))


class _Reader:
    """Blocks of a set of individuals, read into the same memory one after the other."""

    def __init__(self, rows: Rows, size: int, device: torch.device):
        self.rows, self.device = rows, device
        self.room = (
            None if rows.store.held_mb else np.empty((min(size, len(rows)), rows.features), np.float32)
        )

    def load(self, part: slice) -> tuple[Tensor, Tensor, Tensor]:
        """Values (b, D), reciprocal lengths (b,) (0 for individuals without a direction), who these
        are."""
        norms = torch.from_numpy(self.rows.norms[part])
        zero = norms == 0
        scale = torch.where(zero, 0.0, 1 / torch.where(zero, 1.0, norms)).float()
        x = torch.from_numpy(self.rows.read(part, self.room))
        return x.to(self.device), scale.to(self.device), zero.to(self.device)


def _cosines(a: tuple, b: tuple) -> Tensor:
    product = (a[0] @ b[0].T).mul_(a[1][:, None]).mul_(b[1][None])
    if a[2].any() and b[2].any():
        product[a[2][:, None] & b[2][None]] = 1.0
    return product


def _parts(count: int, size: int) -> list[slice]:
    return [slice(i, min(i + size, count)) for i in range(0, count, size)]


def within(individuals: Rows, nearest: int, budget: Budget) -> Neighbours:
    """The `nearest` (and SPARE) others of the same set for each of its N individuals; nobody is their
    own neighbour. Each product of two blocks is computed once, for both sides."""
    keep = min(nearest + SPARE, max(1, len(individuals) - 1))
    best = _Best(len(individuals), keep)
    size = block_size(individuals.features, budget.memory_mb)
    parts = _parts(len(individuals), size)
    reader, second = (_Reader(individuals, size, budget.device) for _ in range(2))
    for part in progress(parts, len(parts), "blocks of individuals"):
        mine = reader.load(part)
        for other in parts:
            if other.start < part.start:
                continue
            theirs = mine if other == part else second.load(other)
            block = _cosines(mine, theirs)
            if other == part:
                block.fill_diagonal_(-torch.inf)
            else:
                best.offer(other.start, block.T, part.start)
            best.offer(part.start, block, other.start)
    complete = keep >= len(individuals) - 1
    return Neighbours(best.cosines.numpy(), best.places.numpy(), complete)


def between(first: Rows, second: Rows, nearest: int, budget: Budget) -> tuple[Neighbours, Neighbours]:
    """The `nearest` (and SPARE) individuals of `second` for each of `first`, and the other way round."""
    keep = nearest + SPARE
    there = _Best(len(first), min(keep, len(second)))
    back = _Best(len(second), min(keep, len(first)))
    size = block_size(first.features, budget.memory_mb)
    parts = _parts(len(first), size)
    reader, other_reader = (_Reader(rows, size, budget.device) for rows in (first, second))
    for part in progress(parts, len(parts), "blocks of individuals"):
        mine = reader.load(part)
        for other in _parts(len(second), size):
            block = _cosines(mine, other_reader.load(other))
            there.offer(part.start, block, other.start)
            back.offer(other.start, block.T, part.start)
    return (
        Neighbours(there.cosines.numpy(), there.places.numpy(), keep >= len(second)),
        Neighbours(back.cosines.numpy(), back.places.numpy(), keep >= len(first)),
    )
