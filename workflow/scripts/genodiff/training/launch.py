"""Run a training in this process, or in one process per GPU of this machine, started by torchrun.

`python -m genodiff.training.launch arguments.json` is one of these processes. The file holds `log`,
`files` and the other arguments of `train_job`. The process of rank 0 writes the log, each other process
a log beside it.
"""

import json
import os
import shutil
import subprocess
import sys
import traceback
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from time import sleep
from typing import Any, NoReturn

from genodiff.formats.labels import check_classes
from genodiff.formats.tensors import Layout
from genodiff.runtime.devices import lock_devices
from genodiff.runtime.locks import held_locks
from genodiff.runtime.logs import STOPPED_STATUS, job_log
from genodiff.runtime.signals import watch_sigterm
from genodiff.training.distributed import process_rank
from genodiff.training.train_job import TrainFiles, train_job

_POLL_SECONDS = 0.1
# Characters of torchrun's output that are shown if no process has written a message.
_SHOWN_CHARACTERS = 2000


def launch_training(
    *, log: str, files: TrainFiles, gpus: int, label_mix: Iterable[str] = (), **arguments: Any
) -> None:  # fmt: skip
    """Train (see `train_job` for the other arguments) on `gpus` GPUs, or all if there are fewer; on a
    CPU in this process. `label_mix`: names of classes that will be drawn, which the cohort must have.

    Ends the process with a message as `job_log` does.
    """
    with job_log(log):
        if label_mix:
            check_classes(label_mix, Layout.read(files.layout).classes)
        names = lock_devices(arguments["device"], gpus)
        if len(names) <= 1:
            train_job(files=files, **arguments)
            return
    # The process of rank 0 continues this log.
    environment = {"CUDA_VISIBLE_DEVICES": ",".join(names)}
    status = run_processes(len(names), environment, log=log, files=files, **arguments)
    if status:
        sys.exit(status)


def run_processes(
    processes: int, environment: dict[str, str], *, log: str, files: TrainFiles, **arguments: Any
) -> int:
    """Train in so many processes of this machine, with these environment variables added to this
    process's.

    Returns the exit status: STOPPED_STATUS after a request to stop, otherwise 0 or 1. The messages of
    the first process that has written any, or else of torchrun, go to the console.
    """
    folder = Path(files.state)
    folder.mkdir(parents=True, exist_ok=True)
    path, output = folder / "arguments.json", folder / "torchrun.log"
    shutil.rmtree(folder / "processes", ignore_errors=True)
    path.write_text(json.dumps(arguments | {"log": log, "files": asdict(files)}), encoding="utf-8")
    library = {"PYTHONPATH": os.pathsep.join(os.path.abspath(p) for p in sys.path if p)}
    command = [
        # Standalone: a rendezvous at a free port with a unique id, so that trainings do not meet.
        sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}",
        f"--log-dir={folder / 'processes'}", "--redirects=3",
        "-m", "genodiff.training.launch", str(path),
    ]  # fmt: skip
    with watch_sigterm() as stop, output.open("w", encoding="utf-8") as console:
        process = subprocess.Popen(  # noqa: S603 (our own command)
            command, env=os.environ | library | environment, stdout=console, stderr=console,
            pass_fds=held_locks(),
        )  # fmt: skip
        stopped = False
        while process.poll() is None:
            if stop() and not stopped:
                process.terminate()
                stopped = True
            sleep(_POLL_SECONDS)
    message = _first_message(folder / "processes")
    if process.returncode and not stopped and not message:
        text = output.read_text(encoding="utf-8", errors="replace").strip()[-_SHOWN_CHARACTERS:]
        message = f"\nError: torchrun ended with status {process.returncode}: {text}"
        with open(log, "a", encoding="utf-8") as file:
            print(f"ERROR {message.strip()}", file=file)
    if message:
        print(message, file=sys.stderr)
    if stopped:
        return STOPPED_STATUS
    return 1 if process.returncode else 0


def _first_message(consoles: Path) -> str:
    """The standard error of the process of lowest rank that has written to it."""
    paths = sorted(consoles.rglob("stderr.log"), key=lambda path: int(path.parent.name))
    texts = (path.read_text(encoding="utf-8", errors="replace").strip() for path in paths)
    return next(filter(None, texts), "")


def _main(path: str) -> None:
    """Run the process of a training that the file at `path` describes."""
    with open(path, encoding="utf-8") as file:
        arguments = json.load(file)
    rank = process_rank()
    with job_log(arguments.pop("log") + (f".rank{rank}" if rank else "")):
        train_job(files=TrainFiles(**arguments.pop("files")), **arguments)


def _end_at_once(status: int) -> NoReturn:
    """End the process without finalising the interpreter, which can deadlock with the threads of a gloo
    group (torch 2.13)."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


if __name__ == "__main__":
    try:
        _main(sys.argv[1])
    except SystemExit as ending:
        _end_at_once(ending.code)
    except BaseException:
        traceback.print_exc()
        _end_at_once(1)
    _end_at_once(0)
