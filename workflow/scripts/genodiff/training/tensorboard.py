"""The history of a training on a TensorBoard, for those who like to watch it there."""

import os
from collections.abc import Callable
from pathlib import Path

from genodiff.runtime.errors import InputError

# Names of a board's curves, and the column of the history that each shows.
CURVES = {
    "loss/training": "train_loss",
    "loss/validation": "validation_loss",
    "reconstruction error/training": "train_reconstruction_error",
    "reconstruction error/validation": "validation_reconstruction_error",
    "learning rate": "learning_rate",
}


def tensorboard(folder: str | os.PathLike) -> Callable[[list[dict]], None]:
    """A function that gets the history after each epoch (see formats.history) and keeps event files in
    `folder` up to it, by epoch. Files that an earlier training has left there are replaced.

    Raises InputError where the package tensorboard is not installed.
    """
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise InputError(
            f"logger: 'tensorboard' needs the package tensorboard ({error}): pip install tensorboard, "
            "or set logger to null"
        ) from error
    for old in Path(folder).glob("events.out.tfevents.*"):
        old.unlink()
    writer, shown = SummaryWriter(folder), 0

    def show(history: list[dict]) -> None:
        nonlocal shown
        for row in history[shown:]:
            for name, column in CURVES.items():
                writer.add_scalar(name, row[column], row["epoch"])
        shown = len(history)
        writer.flush()

    return show
