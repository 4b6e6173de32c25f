"""Event files of TensorBoard with the history of a training."""

import os
from collections.abc import Callable
from pathlib import Path

from genodiff.runtime.errors import InputError

# TensorBoard's tags, and the column of the history that each shows.
CURVES = {
    "loss/training": "train_loss",
    "loss/validation": "validation_loss",
    "reconstruction error/training": "train_reconstruction_error",
    "reconstruction error/validation": "validation_reconstruction_error",
    "learning rate": "learning_rate",
}


def tensorboard(folder: str | os.PathLike) -> Callable[[list[dict]], None]:
    """A function that is called with the history after each epoch (see formats.history) and writes the
    new epochs to event files in `folder`. Event files of an earlier training are replaced.

    Raises InputError if the package tensorboard is not installed.
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
    writer, written = SummaryWriter(folder), 0

    def write(history: list[dict]) -> None:
        nonlocal written
        for row in history[written:]:
            for name, column in CURVES.items():
                writer.add_scalar(name, row[column], row["epoch"])
        written = len(history)
        writer.flush()

    return write
