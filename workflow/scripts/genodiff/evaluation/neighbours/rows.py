"""Individuals' unmasked features as rows that a search reads in blocks, in memory or from a scratch
file."""

import os
import tempfile
import weakref
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np

from genodiff.formats.tensors import Layout, count_individuals, iter_individuals
from genodiff.runtime.logs import logger


@dataclass
class Store:
    """N rows of D float32, in memory or in an unlinked scratch file that goes with the store."""

    memory: np.ndarray | None
    file: BinaryIO | None
    features: int

    @classmethod
    def empty(
        cls, individuals: int, features: int, memory_mb: float, folder: str | os.PathLike
    ) -> "Store":
        """Room for `individuals` rows: in memory when that takes at most `memory_mb`, else in
        `folder`."""
        if individuals * features * 4 <= memory_mb * 2**20:
            return cls(np.empty((individuals, features), np.float32), None, features)
        os.makedirs(folder, exist_ok=True)
        store = cls(None, tempfile.TemporaryFile(dir=folder), features)  # noqa: SIM115
        weakref.finalize(store, store.file.close)
        return store

    @property
    def held_mb(self) -> float:
        """Memory that the rows take, in MiB."""
        return 0.0 if self.memory is None else self.memory.nbytes / 2**20

    def write(self, start: int, rows: np.ndarray) -> None:
        """Put rows float32 (n, D) at number `start` and following."""
        if self.memory is not None:
            self.memory[start : start + len(rows)] = rows
        else:
            self.file.seek(start * self.features * 4)
            self.file.write(np.ascontiguousarray(rows, np.float32).data)

    def read(self, numbers: np.ndarray, room: np.ndarray | None = None) -> np.ndarray:
        """Rows float32 (n, D) by number; runs of neighbouring numbers are read at once.

        From a file they are read into `room` (at least n, D) if that is given: memory that is used again
        is several times faster than new memory.
        """
        if self.memory is not None:
            first = int(numbers[0]) if len(numbers) else 0
            if np.array_equal(numbers, np.arange(first, first + len(numbers))):
                return self.memory[first : first + len(numbers)]
            return self.memory[numbers]
        self.file.flush()
        if room is None:
            room = np.empty((len(numbers), self.features), np.float32)
        out = room[: len(numbers)]
        cuts = np.flatnonzero(np.diff(numbers) != 1) + 1
        for run in np.split(np.arange(len(numbers)), cuts):
            if len(run):
                part, at = memoryview(out[run[0] : run[-1] + 1]).cast("B"), int(numbers[run[0]])
                self._fill(part, at * self.features * 4)
        return out

    def _fill(self, part: memoryview, offset: int) -> None:
        # One call reads at most 2 GiB.
        while part:
            read = os.preadv(self.file.fileno(), [part], offset)
            if not read:
                raise OSError("the scratch file of the neighbour search is shorter than it was")
            part, offset = part[read:], offset + read


@dataclass(frozen=True)
class Rows:
    """A set of individuals: rows `numbers` int64 (N,) of a store, their lengths and class numbers.

    norms float64 (N,), Euclidean; labels int64 (N,).
    """

    store: Store
    numbers: np.ndarray
    norms: np.ndarray
    labels: np.ndarray

    def __len__(self) -> int:
        return len(self.numbers)

    @property
    def features(self) -> int:
        """D."""
        return self.store.features

    def read(self, places: np.ndarray | slice, room: np.ndarray | None = None) -> np.ndarray:
        """Values float32 (n, D) of individuals by their place in this set; `room` as in `Store.read`."""
        return self.store.read(self.numbers[places], room)

    def take(self, places: np.ndarray) -> "Rows":
        """The individuals at `places` int64, as a set of their own; nothing is copied."""
        return Rows(self.store, self.numbers[places], self.norms[places], self.labels[places])


def rows_of(x: np.ndarray, labels: np.ndarray) -> Rows:
    """Individuals in memory: x float32 (N, D), labels int64 (N,)."""
    store = Store(np.ascontiguousarray(x, np.float32), None, x.shape[1])
    return Rows(store, np.arange(len(x)), _norms(x), np.asarray(labels, np.int64))


def join(first: Rows, second: Rows) -> Rows:
    """Two sets of individuals as one, in memory."""
    x = np.concatenate([first.read(slice(None)), second.read(slice(None))])
    return rows_of(x, np.concatenate([first.labels, second.labels]))


def read_rows(
    path: str | os.PathLike, layout: Layout, memory_mb: float, folder: str | os.PathLike
) -> Rows:
    """The labelled individuals of a tensor file, unmasked features only, in at most about `memory_mb`.

    A set that is larger than that goes to a scratch file in `folder`. Raises ValueError as
    `formats.tensors.iter_individuals` does, and when nobody has a label.
    """
    mask, count = layout.mask(), count_individuals(path)
    store = Store.empty(count, int(mask.sum()), memory_mb, folder)
    norms, labels, done = [], [], 0
    for block in iter_individuals(path, layout):
        numbers = layout.class_numbers(block.labels)
        known = numbers < len(layout.classes)
        x = block.x[known][:, mask]
        store.write(done, x)
        norms.append(_norms(x))
        labels.append(numbers[known])
        done += len(x)
    if not done:
        raise ValueError(f"{path}: nobody in this file has a label")
    norms, labels = np.concatenate(norms), np.concatenate(labels)
    zero = int((norms == 0).sum())
    if zero:
        logger.warning(
            "%s: %d individuals are zero in every feature; they have no direction, and their angle to all individuals "
            "else is taken to be 90 degrees (and 0 to one another)", path, zero,
        )  # fmt: skip
    where = "memory" if store.memory is not None else "a scratch file"
    logger.info(
        "%s: %d labelled individuals, %d unmasked features, in %s", path, done, store.features, where
    )
    return Rows(store, np.arange(done), norms, labels)


def _norms(x: np.ndarray) -> np.ndarray:
    return np.sqrt(np.einsum("nd,nd->n", x, x, dtype=np.float64))
