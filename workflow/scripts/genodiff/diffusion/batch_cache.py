"""Unfinished samples on disk: batches of synthetic individuals that are done, kept until all are."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np

from genodiff.formats.common import whole_file
from genodiff.runtime.errors import InputError
from genodiff.runtime.logs import logger

FORMAT = "genodiff.blocks.1"


class SampleBlocks:
    """Batches float32 (B, P, K) by number in `folder`, each a .npy file of its own.

    `identity` says what they are of (weights, sampler, seed, ...; values that JSON can hold). Blocks of
    another identity are thrown away: whatever made them can make them again.
    """

    def __init__(self, folder: str | os.PathLike, identity: dict[str, Any]):
        self.folder = Path(folder)
        content = json.loads(json.dumps({"format": FORMAT, **identity}))
        label = self.folder / "identity.json"
        if self.folder.exists() and _content(label) != content:
            logger.warning("%s holds blocks of other settings or another model: made anew", self.folder)
            self.clear()
        if not self.folder.exists():
            with whole_file(label) as temporary:
                Path(temporary).write_text(json.dumps(content), encoding="utf-8")

    def _path(self, number: int) -> Path:
        return self.folder / f"{number:06d}.npy"

    def get(self, number: int, shape: tuple[int, ...]) -> np.ndarray | None:
        """A batch of that shape, or None where it is not there or cannot be read."""
        path = self._path(number)
        if not path.exists():
            return None
        try:
            found = np.load(path, allow_pickle=False)
        except (OSError, ValueError, EOFError) as error:
            logger.warning("%s cannot be read (%s): made anew", path, error)
            return None
        return found if found.shape == shape and found.dtype == np.float32 else None

    def put(self, number: int, x: np.ndarray) -> None:
        """Keep a batch. Raises InputError when there is no room."""
        try:
            with whole_file(self._path(number)) as temporary, open(temporary, "wb") as file:
                np.save(file, x, allow_pickle=False)
        except OSError as error:
            raise InputError(
                f"cannot keep batch {number} of the synthetic individuals in {self.folder}: {error}. The "
                "batches before it are kept: make room and run the same command, and it goes on"
            ) from error

    def clear(self) -> None:
        """Everything is done, or of no use: remove the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _content(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
