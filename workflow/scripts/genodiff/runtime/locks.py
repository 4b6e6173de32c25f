"""Locks between processes on files, folders and GPUs, released when their process ends."""

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

# Seconds to wait for a lock: its process may be about to end.
_TIMEOUT_SECONDS = 0.3
# Errors of file systems that do not support locks.
_NO_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP}
_POLL_SECONDS = 1.0
# Open lock files of GPUs.
_held: list[int] = []


def _sign(file: int) -> None:
    """Write the PID, host and SLURM job ID of this process into a lock file."""
    job = os.environ.get("SLURM_JOB_ID")
    text = f"PID {os.getpid()} on {socket.gethostname()}" + (f", SLURM job {job}" if job else "")
    with suppress(OSError):  # a full disk; the lock is valid without this text
        os.ftruncate(file, 0)
        os.pwrite(file, text.encode(), 0)


@contextmanager
def only_process(work: str | os.PathLike) -> Iterator[None]:
    """Hold a lock on `work`, a file or folder, during the block; its file is `{work}.lock`. Incomplete
    files (`.*.part`) that killed processes left in the folder are removed first.

    Raises InputError, which names the holder, if another process has the lock: a job may outlive its
    killed Snakemake. On a file system without locks the block runs without one.
    """
    path = Path(f"{work}.lock")
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path, timeout=_TIMEOUT_SECONDS, fallback_to_soft=False, on_acquired=_sign)
    try:
        lock.acquire()
    except Timeout:
        holder = path.read_text(encoding="utf-8") if path.exists() else ""
        raise InputError(
            f"{work}: another process ({holder or 'unknown'}) is working on this, perhaps a job whose "
            "Snakemake was killed. End it, or wait until it ends; then run the same command"
        ) from None
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
        logger.info("%s: no lock on this file system (%s)", work, error)
    try:
        for incomplete in Path(work).glob(".*.part"):
            incomplete.unlink()
        yield
    finally:
        # Before the release: processes that wait for this lock detect that its file was removed.
        path.unlink(missing_ok=True)
        lock.release()


@contextmanager
def wait_for(work: str | os.PathLike) -> Iterator[None]:
    """Hold a lock on `work` during the block, after other processes have released it; its file,
    `{work}.lock`, stays. On a file system without locks the block runs without one."""
    lock = FileLock(Path(f"{work}.lock"), fallback_to_soft=False)
    try:
        lock.acquire()
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
        logger.info("%s: no lock on this file system (%s)", work, error)
    try:
        yield
    finally:
        lock.release()


def has_ended(work: str | os.PathLike) -> bool:
    """Whether no process holds the lock of `only_process` on `work`; False where the file system has no
    locks, since this cannot be known there."""
    lock = FileLock(Path(f"{work}.lock"), timeout=0, fallback_to_soft=False)
    try:
        lock.acquire()
    except Timeout:
        return False
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
        return False
    Path(lock.lock_file).unlink(missing_ok=True)
    lock.release()
    return True


def held_locks() -> tuple[int, ...]:
    """Descriptors of the lock files of this process's GPUs, which its child processes inherit."""
    return tuple(_held)


def _open(path: Path) -> int:
    """Open a lock file, which may belong to another user: a lock requires read access only."""
    try:
        return os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        file = os.open(path, os.O_RDONLY | os.O_CREAT, 0o644)
        os.fchmod(file, 0o644)  # independent of the umask: other users must be able to read it
        return file


def lock_gpus(uuids: list[str], count: int, folder: str | os.PathLike | None = None) -> list[int]:
    """Lock `count` of the GPUs with these UUIDs until the process ends; return their indices in `uuids`.

    Snakemake counts GPUs but does not assign them, so two jobs could choose the same one. Waits until
    `count` GPUs are free and locks none before. The locks are files in `folder` (default: the folder for
    temporary files). Raises ValueError if there are fewer than `count` GPUs.
    """
    if count > len(uuids):
        raise ValueError(f"{count} GPUs are asked for, and this machine has {len(uuids)}")
    paths = [Path(folder or tempfile.gettempdir()) / f"genodiff-gpu-{uuid}.lock" for uuid in uuids]
    announced = False
    while True:
        files = [_open(path) for path in paths]
        free = [i for i, file in enumerate(files) if lock_descriptor(file, blocking=False)]
        chosen = free[:count] if len(free) >= count else []
        _held.extend(files[i] for i in chosen)
        for i in set(range(len(files))) - set(chosen):
            os.close(files[i])
        if len(chosen) == count:
            return chosen
        if not announced:
            logger.info("%d of %d GPUs free, %d needed: waiting", len(free), len(uuids), count)
            announced = True
        sleep(_POLL_SECONDS)
