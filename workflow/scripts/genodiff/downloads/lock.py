"""One process at a time for one file: a killed Snakemake may leave a job behind that still downloads."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from genodiff.errors import InputError
from genodiff.logs import logger


@contextmanager
def alone(target: Path) -> Iterator[None]:
    """Hold the lock of a download for the block; it ends with the process, however that ends.

    Raises InputError where another process has it. Where the file system has no locks there is none.
    """
    path = target.with_name(f".{target.name}.lock")
    with open(path, "a", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # One that another process has removed since it was opened is nobody's.
            ours = path.exists() and os.path.samestat(path.stat(), os.fstat(file.fileno()))
        except BlockingIOError:
            ours = False
        except OSError as error:
            logger.info("%s: no lock (%s)", path, error)
            ours = True
        if not ours:
            raise InputError(
                f"{target}: another process is downloading it, perhaps of a run that was killed; wait "
                "for its end, or end it"
            )
        try:
            yield
        finally:
            path.unlink(missing_ok=True)
