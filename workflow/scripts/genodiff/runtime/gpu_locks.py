"""Which GPUs this process has for itself. Snakemake counts GPUs but does not hand them out: two jobs of
one run, or of two runs on one machine, would take the same one."""

import fcntl
import os
import tempfile
from pathlib import Path
from time import sleep

from genodiff.runtime.logs import logger

# Open files, whose locks last until the process ends, however it ends.
_held: list[int] = []
_POLL_SECONDS = 1.0


def _open(path: Path) -> int:
    """A lock file, which may be another user's: reading is enough for a lock."""
    try:
        return os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        file = os.open(path, os.O_RDONLY | os.O_CREAT, 0o644)
        os.fchmod(file, 0o644)  # whatever the umask: other users must see it
        return file


def _try_lock(uuid: str, folder: Path) -> int | None:
    """The open lock file of a device, or None where another process has it."""
    file = _open(folder / f"genodiff-gpu-{uuid}.lock")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(file)
        return None
    return file


def held_locks() -> tuple[int, ...]:
    """The open lock files, for a child process that is to hold them too should this one die."""
    return tuple(_held)


def lock_gpus(uuids: list[str], count: int, folder: str | os.PathLike | None = None) -> list[int]:
    """Lock `count` of the devices with these UUIDs until the process ends, and return their places in
    the list. Waits until so many are free, and takes none before. Raises ValueError when there are fewer
    devices than that.

    The locks are files in `folder` (that of temporary files), one for each device.
    """
    if count > len(uuids):
        raise ValueError(f"{count} GPUs are asked for, and this machine has {len(uuids)}")
    place, told = Path(folder or tempfile.gettempdir()), False
    while True:
        files = {i: _try_lock(uuid, place) for i, uuid in enumerate(uuids)}
        free = [i for i, file in files.items() if file is not None]
        chosen = free[:count] if len(free) >= count else []
        for i in set(free) - set(chosen):
            os.close(files[i])
        if chosen:
            _held.extend(files[i] for i in chosen)
            return chosen
        if not told:
            logger.info("%d of %d GPUs free, %d needed: waiting", len(free), len(uuids), count)
            told = True
        sleep(_POLL_SECONDS)
