"""Individuals of a dataset that a classifier reads in batches."""

import os

import numpy as np
import torch
from torch import Tensor

from genodiff.evaluation.neighbours.rows import Rows, join, read_rows
from genodiff.formats.tensors import Layout

# Individuals that are copied to a GPU at once.
_AT_ONCE = 256


class Batches:
    """The N labelled individuals of a dataset: only their unmasked features are kept, in memory or in a
    scratch file, or on a GPU if they fit into half of its free memory.

    labels, files: class numbers and numbers of the files they are from, int64 (N,); device: that of row
    numbers.
    """

    def __init__(self, rows: Rows, layout: Layout, device: torch.device, files: np.ndarray):
        self._rows, self._to, self.labels, self.files = rows, device, rows.labels, files
        self._shape = layout.padded_genes, layout.components
        self._places = torch.from_numpy(np.flatnonzero(layout.mask())).to(device)
        self._resident = None
        if device.type == "cuda":
            size = 4 * len(rows) * rows.features
            if size < torch.cuda.mem_get_info(device)[0] / 2:
                self._resident = torch.empty((len(rows), rows.features), device=device)
                # In parts: a scratch file may hold more than the memory of this machine.
                for start in range(0, len(rows), _AT_ONCE):
                    part = slice(start, start + _AT_ONCE)
                    self._resident[part] = torch.from_numpy(rows.read(part)).to(device)
        self.device = torch.device("cpu") if self._resident is None else device

    def __getitem__(self, numbers: Tensor) -> Tensor:
        """x float32 (n, P, K) on the device of the classifier, of individuals by row number int64."""
        if self._resident is None:
            values = torch.from_numpy(self._rows.read(numbers.numpy())).to(self._to)
        else:
            values = self._resident[numbers]
        x = torch.zeros(len(numbers), self._shape[0] * self._shape[1], device=self._to)
        return x.index_copy_(1, self._places, values).view(-1, *self._shape)


def read_batches(
    paths: list[str], layout: Layout, device: torch.device, memory_mb: float, folder: str | os.PathLike
) -> Batches:
    """All labelled individuals of one or two tensor files. More than about `memory_mb` MiB of them are
    written to a scratch file in `folder`.

    Raises ValueError as `neighbours.rows.read_rows` does, and OSError if a file or the disk fails.
    """
    part = memory_mb if len(paths) == 1 else memory_mb / 4
    rows, *others = (read_rows(path, layout, part, folder) for path in paths)
    files = np.repeat(np.arange(len(paths)), [len(rows), *map(len, others)])
    for other in others:
        rows = join(rows, other, memory_mb / 2, folder)
    return Batches(rows, layout, device, files)
