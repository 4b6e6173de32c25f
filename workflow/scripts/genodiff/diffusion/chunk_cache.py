"""Finished chunks of synthetic individuals, kept on disk until the whole dataset is sampled."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np

from genodiff.formats.common import whole_file
from genodiff.runtime.errors import InputError
from genodiff.runtime.logs import logger

FORMAT = "genodiff.chunks.1"


class ChunkCache:
    """Chunks float32 (B, P, K) by number in `folder`, each in its own .npy file.

    `identity` describes their origin (weights, sampler, seed, ...; values that JSON can hold). Chunks
    with another identity are deleted and sampled again.
    """

    def __init__(self, folder: str | os.PathLike, identity: dict[str, Any]):
        self.folder = Path(folder)
        content = json.loads(json.dumps({"format": FORMAT, **identity}))
        label = self.folder / "identity.json"
        if self.folder.exists() and _content(label) != content:
            logger.warning(
                "%s holds individuals of other settings or another model: sampled again", self.folder
            )
            self.clear()
        if not self.folder.exists():
            with whole_file(label) as temporary:
                Path(temporary).write_text(json.dumps(content), encoding="utf-8")

    def _path(self, number: int) -> Path:
        return self.folder / f"{number:06d}.npy"

    def get(self, number: int, shape: tuple[int, ...]) -> np.ndarray | None:
        """A chunk of that shape, or None if it is absent or cannot be read."""
        path = self._path(number)
        if not path.exists():
            return None
        try:
            x = np.load(path, allow_pickle=False)
        except (OSError, ValueError, EOFError) as error:
            logger.warning("%s cannot be read (%s): sampled again", path, error)
            return None
        return x if x.shape == shape and x.dtype == np.float32 else None

    def put(self, number: int, x: np.ndarray) -> None:
        """Keep a chunk. Raises InputError if the disk is full."""
        try:
            with whole_file(self._path(number)) as temporary, open(temporary, "wb") as file:
                np.save(file, x, allow_pickle=False)
        except OSError as error:
            raise InputError(
                f"cannot keep chunk {number} of the synthetic individuals in {self.folder}: {error}. "
                "The chunks before it are kept: make room and run the same command, and it goes on"
            ) from error

    def clear(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _content(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
