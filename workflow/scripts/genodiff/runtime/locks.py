"""Locks between processes, for work on a file or folder and for GPUs. They end with the process that
holds them, however it ends."""

import errno
import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import sleep

from filelock import FileLock, Timeout, lock_descriptor

from genodiff.runtime.errors import InputError
from genodiff.runtime.logs import logger

# Seconds to wait for the lock of a process that is just ending.
_PATIENCE_SECONDS = 0.3
# Errors of file systems that have no locks.
_NO_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP}
_POLL_SECONDS = 1.0
# Open lock files of GPUs.
_held: list[int] = []


def _sign(file: int) -> None:
    """Write into a lock file which process holds it, for users who may look from another machine."""
    job = os.environ.get("SLURM_JOB_ID")
    text = f"PID {os.getpid()} on {socket.gethostname()}" + (f", SLURM job {job}" if job else "")
    with suppress(OSError):  # a full disk; the lock holds without the text
        os.ftruncate(file, 0)
        os.pwrite(file, text.encode(), 0)


@contextmanager
def only_process(work: str | os.PathLike) -> Iterator[None]:
    """Hold the lock of `work`, a file or folder, for the block: a file, `{work}.lock`, which goes then.
    Half-written files (`.*.part`) that killed processes left in the folder are removed.

    Raises InputError, which names the holder, where another process has the lock: a process may live on
    whose Snakemake was killed. Where the file system has no locks, there is none.
    """
    path = Path(f"{work}.lock")
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path, timeout=_PATIENCE_SECONDS, fallback_to_soft=False, on_acquired=_sign)
    try:
        lock.acquire()
    except Timeout:
        holder = path.read_text(encoding="utf-8") if path.exists() else ""
        raise InputError(
            f"{work}: another process ({holder or 'unknown'}) is at this work, perhaps one that a "
            "killed Snakemake has left behind. End it, or wait for its end; then run the same command"
        ) from None
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
        logger.info("%s: no lock on this file system (%s)", work, error)
    try:
        for left in Path(work).glob(".*.part"):
            left.unlink()
        yield
    finally:
        # Before the release: processes that wait for this lock notice that its file has gone.
        path.unlink(missing_ok=True)
        lock.release()


def held_locks() -> tuple[int, ...]:
    """The open lock files of GPUs, for a child process that is to hold them too should this one die."""
    return tuple(_held)


def _open(path: Path) -> int:
    """A lock file, which may belong to another user: reading is enough for a lock."""
    try:
        return os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        file = os.open(path, os.O_RDONLY | os.O_CREAT, 0o644)
        os.fchmod(file, 0o644)  # whatever the umask: other users must be able to read it
        return file


def lock_gpus(uuids: list[str], count: int, folder: str | os.PathLike | None = None) -> list[int]:
    """Lock `count` of the GPUs with these UUIDs until the process ends, and return their places in the
    list. Snakemake counts GPUs but does not hand them out: two jobs would take the same one. Waits until
    so many are free, and takes none before. Raises ValueError when there are fewer GPUs than that.

    The locks are files in `folder` (that of temporary files), one for each GPU.
    """
    if count > len(uuids):
        raise ValueError(f"{count} GPUs are asked for, and this machine has {len(uuids)}")
    paths = [Path(folder or tempfile.gettempdir()) / f"genodiff-gpu-{uuid}.lock" for uuid in uuids]
    told = False
    while True:
        files = [_open(path) for path in paths]
        free = [i for i, file in enumerate(files) if lock_descriptor(file, blocking=False)]
        chosen = free[:count] if len(free) >= count else []
        _held.extend(files[i] for i in chosen)
        for i in set(range(len(files))) - set(chosen):
            os.close(files[i])
        if len(chosen) == count:
            return chosen
        if not told:
            logger.info("%d of %d GPUs free, %d needed: waiting", len(free), len(uuids), count)
            told = True
        sleep(_POLL_SECONDS)
