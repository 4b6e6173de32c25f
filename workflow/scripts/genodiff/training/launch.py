"""A training in this process, or in several that torchrun starts: one for each GPU of this machine, or
as the command in `launcher` says, on one machine or many."""

import json
import os
import shlex
import shutil
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from time import sleep
from typing import Any

from genodiff.runtime.devices import lock_devices
from genodiff.runtime.errors import InputError
from genodiff.runtime.locks import held_locks
from genodiff.runtime.logs import STOPPED_STATUS, job_log
from genodiff.runtime.signals import watch_sigterm
from genodiff.training.train_job import TrainFiles, train_job

_POLL_SECONDS = 0.1
# Characters of the launcher's own words that are shown when no process has said anything.
_LAST_WORDS = 2000


def launch_training(
    log: str, files: TrainFiles, gpus: int, launcher: str | None, **arguments: Any
) -> None:
    """Train (see `train_job` for the other arguments) on `gpus` devices where there are so many, or with
    the processes that the command `launcher` starts.

    Ends the process with a message as `job_log` does.
    """
    with job_log(log):
        names = [] if launcher else lock_devices(arguments["device"], gpus)
        if not launcher and len(names) <= 1:
            train_job(files, **arguments)
            return
        command = launcher_command(launcher) if launcher else torchrun(len(names))
    # The first of the processes goes on with this log.
    visible = {"CUDA_VISIBLE_DEVICES": ",".join(names)} if names else {}
    status = run_processes(log, files, command, visible, **arguments)
    if not status and not os.path.exists(files.weights):
        status = _failed(log, f"launcher: {shlex.join(command)} has ended, but trained nothing")
    if status:
        sys.exit(status)


def torchrun(processes: int) -> list[str]:
    """The command that starts so many processes on this machine."""
    return [
        sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"
    ]  # fmt: skip


def launcher_command(launcher: str) -> list[str]:
    """The words of a launcher as a shell would see them, its environment variables filled in.

    Raises InputError where it names a variable that is not set.
    """
    filled = os.path.expandvars(launcher)
    if "$" in filled:
        raise InputError(f"launcher: {filled!r} names an environment variable that is not set here")
    try:
        words = shlex.split(filled)
    except ValueError as error:
        raise InputError(f"launcher: {filled!r} cannot be split into words: {error}") from None
    if not words:
        raise InputError("launcher: there is no command in it; null is one process for each GPU")
    return words


def _failed(log: str, message: str) -> int:
    """Say on the console and in the log that no process has come to training; the exit status."""
    print(f"\nError: {message}", file=sys.stderr)
    with open(log, "a", encoding="utf-8") as file:
        print(f"ERROR {message}", file=file)
    return 1


def run_processes(
    log: str, files: TrainFiles, command: list[str], environment: dict[str, str], **arguments: Any
) -> int:
    """Train in the processes that `command`, a torchrun without the name of a program, starts. Returns
    the exit status: of a request to stop its own, otherwise 0 or 1. Messages of the first process, or of
    the others or of the command if it has none, go to the console."""
    folder = Path(files.state)
    folder.mkdir(parents=True, exist_ok=True)
    path, words = folder / "arguments.json", folder / "launcher.log"
    shutil.rmtree(folder / "processes", ignore_errors=True)
    path.write_text(json.dumps(arguments | {"log": log, "files": asdict(files)}), encoding="utf-8")
    own = {"PYTHONPATH": os.pathsep.join(os.path.abspath(p) for p in sys.path if p)}
    program = [
        f"--log-dir={folder / 'processes'}", "--redirects=3",
        "-m", "genodiff.training.train_process", str(path),
    ]  # fmt: skip
    with watch_sigterm() as stop, words.open("w", encoding="utf-8") as console:
        try:
            process = subprocess.Popen(  # noqa: S603 (our own command, or the user's)
                [*command, *program], env=os.environ | own | environment, stdout=console, stderr=console,
                pass_fds=held_locks(),
            )  # fmt: skip
        except OSError as error:
            return _failed(log, f"launcher: {command[0]}: {error.strerror}")
        told = False
        while process.poll() is None:
            if stop() and not told:
                process.terminate()
                told = True
            sleep(_POLL_SECONDS)
    said = _said(folder / "processes")
    if said:
        print(said, file=sys.stderr)
    elif process.returncode and not told:
        _failed(
            log, f"launcher: {command[0]} ended with status {process.returncode}: {_last_words(words)}"
        )
    if told:
        return STOPPED_STATUS
    return 1 if process.returncode else 0


def _said(consoles: Path) -> str:
    """What the first of the processes that has said anything has said."""
    paths = sorted(consoles.rglob("stderr.log"), key=lambda path: int(path.parent.name))
    texts = (path.read_text(encoding="utf-8", errors="replace").strip() for path in paths)
    return next(filter(None, texts), "")


def _last_words(console: Path) -> str:
    """The end of what the command has said."""
    return console.read_text(encoding="utf-8", errors="replace").strip()[-_LAST_WORDS:]
