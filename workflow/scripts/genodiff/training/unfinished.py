"""The folder of unfinished work: for one process at a time, and what is said when the disk is full."""

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from safetensors import SafetensorError

from genodiff.runtime.errors import InputError
from genodiff.runtime.processes import this_process

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@contextmanager
def only_process(folder: str | os.PathLike) -> Iterator[None]:
    """Keep other processes from the work in `folder` while this one is at it, by a lock on a file beside
    the folder that ends with the process, however it ends; remove what killed ones left half written.

    Raises InputError where another process has the lock: one may live on whose Snakemake was killed.
    """
    path = Path(f"{folder}.lock")
    path.parent.mkdir(parents=True, exist_ok=True)
    while True:
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = os.read(file, 300).decode() or "unknown"
            os.close(file)
            raise InputError(
                f"{folder}: another process ({owner}) is at this work, perhaps one that a killed "
                "Snakemake has left behind. End it, or wait for its end; then run the same command"
            ) from None
        if path.exists() and os.fstat(file).st_ino == path.stat().st_ino:
            break
        os.close(file)  # its owner has just ended, and removed it
    os.ftruncate(file, 0)
    os.pwrite(file, this_process().encode(), 0)
    for left in Path(folder).glob(".*.part"):
        left.unlink()
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
        os.close(file)


@contextmanager
def disk_advice(folder: str | os.PathLike) -> Iterator[None]:
    """Turn the several exceptions of a full disk into an InputError; `folder` is that of the state."""
    try:
        yield
    except (OSError, SafetensorError) as error:
        full = getattr(error, "errno", None) in _FULL
        if not full and not any(os.strerror(number) in str(error) for number in _FULL):
            raise
        raise InputError(
            f"no room on the disk ({error}): make some and run the same command. What was saved before "
            f"is in {folder}"
        ) from error
