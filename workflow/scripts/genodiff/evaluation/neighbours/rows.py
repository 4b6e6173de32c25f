"""Unmasked features of individuals, in memory or in a scratch file, which a search reads in blocks."""

import os
import tempfile
import weakref
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np

from genodiff.formats.tensors import Layout, count_individuals, iter_individuals
from genodiff.runtime.logs import logger

# Individuals that are copied at once.
_AT_ONCE = 256


@dataclass
class Store:
    """N rows of D float32, in memory or in an unlinked scratch file that is closed with the store."""

    memory: np.ndarray | None
    file: BinaryIO | None
    features: int

    @classmethod
    def empty(
        cls, individuals: int, features: int, memory_mb: float, folder: str | os.PathLike
    ) -> "Store":
        """A store for `individuals` rows: in memory if they take at most `memory_mb` MiB, else in
        `folder`."""
        if individuals * features * 4 <= memory_mb * 2**20:
            return cls(np.empty((individuals, features), np.float32), None, features)
        os.makedirs(folder, exist_ok=True)
        store = cls(None, tempfile.TemporaryFile(dir=folder), features)  # noqa: SIM115
        weakref.finalize(store, store.file.close)
        return store

    @property
    def held_mb(self) -> float:
        """Memory of the rows in MiB."""
        return 0.0 if self.memory is None else self.memory.nbytes / 2**20

    def write(self, start: int, rows: np.ndarray) -> None:
        """Write rows float32 (n, D) at the numbers `start`, ..."""
        if self.memory is not None:
            self.memory[start : start + len(rows)] = rows
        else:
            self.file.seek(start * self.features * 4)
            self.file.write(np.ascontiguousarray(rows, np.float32).data)

    def read(self, numbers: np.ndarray, buffer: np.ndarray | None = None) -> np.ndarray:
        """Rows float32 (n, D) by number; runs of consecutive numbers are read at once.

        Rows of a file are read into `buffer` (at least n, D) if it is given: reused memory is several
        times faster than new memory. Raises OSError if the file is too short.
        """
        if self.memory is not None:
            first = int(numbers[0]) if len(numbers) else 0
            if np.array_equal(numbers, np.arange(first, first + len(numbers))):
                return self.memory[first : first + len(numbers)]
            return self.memory[numbers]
        if buffer is None:
            buffer = np.empty((len(numbers), self.features), np.float32)
        out = buffer[: len(numbers)]
        cuts = np.flatnonzero(np.diff(numbers) != 1) + 1
        for run in np.split(np.arange(len(numbers)), cuts):
            if len(run):
                part = out[run[0] : run[-1] + 1]
                self.file.seek(int(numbers[run[0]]) * self.features * 4)
                if self.file.readinto(part.data) < part.nbytes:
                    raise OSError("the scratch file of the neighbour search was truncated")
        return out

    def columns(self, numbers: np.ndarray, features: slice) -> np.ndarray:
        """Some features float32 (n, d) of the rows with these numbers."""
        if self.memory is not None:
            return self.memory[numbers, features]
        self.file.flush()
        return np.memmap(self.file, np.float32, "r").reshape(-1, self.features)[numbers, features]


@dataclass(frozen=True)
class Rows:
    """A set of N individuals with D features."""

    store: Store
    numbers: np.ndarray  # int64 (N,): their rows of the store
    norms: np.ndarray  # float64 (N,), Euclidean
    labels: np.ndarray  # int64 (N,): class numbers
    calls: np.ndarray | None = None  # int8, by the same rows: dosages at S SNPs, -1 missing

    def __len__(self) -> int:
        return len(self.numbers)

    @property
    def features(self) -> int:
        """D."""
        return self.store.features

    def read(self, indices: np.ndarray | slice, buffer: np.ndarray | None = None) -> np.ndarray:
        """Values float32 (n, D) of individuals by index in this set; `buffer` as in `Store.read`."""
        return self.store.read(self.numbers[indices], buffer)

    def columns(self, features: slice) -> np.ndarray:
        """Some features float32 (N, d) of all individuals."""
        return self.store.columns(self.numbers, features)

    def dosages(self, indices: np.ndarray | slice) -> np.ndarray:
        """Dosages int8 (n, S) of individuals by index in this set, where it has `calls`."""
        return self.calls[self.numbers[indices]]

    def distinct(self) -> tuple["Rows", np.ndarray]:
        """Each row of the store once, in rising order, and how often it was in the set, int64 (n,)."""
        _, first, counts = np.unique(self.numbers, return_index=True, return_counts=True)
        return self.take(first), counts

    def take(self, indices: np.ndarray) -> "Rows":
        """The subset of individuals with these indices int64; it shares the store."""
        own = (values[indices] for values in (self.numbers, self.norms, self.labels))
        return Rows(self.store, *own, self.calls)


def rows_of(x: np.ndarray, labels: np.ndarray, calls: np.ndarray | None = None) -> Rows:
    """A set of individuals in memory from x float32 (N, D), labels int64 (N,) and dosages int8 (N,
    S)."""
    store = Store(np.ascontiguousarray(x, np.float32), None, x.shape[1])
    return Rows(store, np.arange(len(x)), _norms(x), np.asarray(labels, np.int64), calls)


def join(first: Rows, second: Rows, memory_mb: float, folder: str | os.PathLike) -> Rows:
    """The union of two sets of individuals, as a copy: in at most `memory_mb` MiB of memory, or in a
    scratch file in `folder`. An individual that is in a set several times is copied once."""
    once = [rows.distinct()[0] for rows in (first, second)]
    store = Store.empty(sum(map(len, once)), first.features, memory_mb, folder)
    numbers, done = [], 0
    for rows, own in zip((first, second), once, strict=True):
        for start in range(0, len(own), _AT_ONCE):
            store.write(done + start, own.read(slice(start, start + _AT_ONCE)))
        numbers.append(done + np.searchsorted(own.numbers, rows.numbers))
        done += len(own)
    calls = None
    if first.calls is not None and second.calls is not None:
        calls = np.concatenate([own.dosages(slice(None)) for own in once])
    norms, labels = (
        np.concatenate([getattr(rows, name) for rows in (first, second)]) for name in ("norms", "labels")
    )
    return Rows(store, np.concatenate(numbers), norms, labels, calls)


def with_features(rows: Rows, features: np.ndarray, memory_mb: float, folder: str | os.PathLike) -> Rows:
    """A copy of the individuals with some of their features, by number; memory and `folder` as in
    `join`."""
    store, norms = Store.empty(len(rows), len(features), memory_mb, folder), np.empty(len(rows))
    for start in range(0, len(rows), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        x = rows.read(part)[:, features]
        store.write(start, x)
        norms[part] = _norms(x)
    return Rows(store, np.arange(len(rows)), norms, rows.labels)


def noised(rows: Rows, deviation: float, rng: np.random.Generator) -> Rows:
    """A copy in memory with normal noise of this standard deviation on every feature (of variance 1).
    As large a share of the dosages as noise has of the variance is exchanged between individuals."""
    x, calls = rows.read(slice(None)), None
    values = x + deviation * rng.standard_normal(x.shape, np.float32)
    if rows.calls is not None:
        calls = rows.dosages(slice(None))
        exchanged = rng.random(calls.shape, np.float32) < deviation**2 / (1 + deviation**2)
        calls = np.where(exchanged, rng.permuted(calls, axis=0), calls)
    return rows_of(values, rows.labels, calls)


def read_rows(
    path: str | os.PathLike, layout: Layout, memory_mb: float, folder: str | os.PathLike
) -> Rows:
    """Unmasked features of the labelled individuals of a tensor file, in at most about `memory_mb` MiB
    of memory; a larger set is written to a scratch file in `folder`.

    Raises ValueError as `formats.tensors.iter_individuals` does, and if no individual has a label.
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
        raise ValueError(f"{path}: no individual in this file has a label")
    norms, labels = np.concatenate(norms), np.concatenate(labels)
    zero = int((norms == 0).sum())
    if zero:
        logger.warning(
            "%s: %d individuals are zero in every feature; they have no direction, and their angle is "
            "taken as 90 degrees to all other individuals and as 0 to one another", path, zero,
        )  # fmt: skip
    where = "memory" if store.memory is not None else "a scratch file"
    logger.info(
        "%s: %d labelled individuals, %d unmasked features, in %s", path, done, store.features, where
    )
    return Rows(store, np.arange(done), norms, labels)


def _norms(x: np.ndarray) -> np.ndarray:
    return np.sqrt(np.einsum("nd,nd->n", x, x, dtype=np.float64))
