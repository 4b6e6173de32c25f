"""One process at a time for one file: a killed Snakemake may leave a job behind that still downloads."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from genodiff.runtime.errors import InputError
from genodiff.runtime.logs import logger
from genodiff.runtime.processes import this_process


def _owner(file: TextIO) -> str:
    file.seek(0)
    found = file.read(300).strip()
    return f" ({found})" if found else ""


@contextmanager
def alone(target: Path) -> Iterator[None]:
    """Hold the lock of a download for the block; it ends with the process, however that ends.

    Raises InputError where another process has it; the lock's file says which. Where the file system
    has no locks there is none.
    """
    path = target.with_name(f".{target.name}.lock")
    with open(path, "a+", encoding="utf-8") as file:
        owner = ""
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # One that another process has removed since it was opened is nobody's.
            ours = path.exists() and os.path.samestat(path.stat(), os.fstat(file.fileno()))
        except BlockingIOError:
            ours, owner = False, _owner(file)
        except OSError as error:
            logger.info("%s: no lock (%s)", path, error)
            ours = True
        if not ours:
            raise InputError(
                f"{target}: another process{owner} is downloading it, perhaps of a run that was "
                "killed; wait for its end, or end it"
            )
        # By its number, since buffers would fail a second time where the disk is full.
        with suppress(OSError):
            os.ftruncate(file.fileno(), 0)
            os.write(file.fileno(), this_process().encode())
        try:
            yield
        finally:
            path.unlink(missing_ok=True)
