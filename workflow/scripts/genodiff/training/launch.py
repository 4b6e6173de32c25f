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
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from time import monotonic, sleep
from typing import Any, NoReturn

from genodiff.formats.labels import check_classes
from genodiff.formats.tensors import Layout
from genodiff.runtime.devices import lock_devices
from genodiff.runtime.errors import InputError
from genodiff.runtime.locks import held_locks
from genodiff.runtime.logs import PROGRESS_INTERVAL, job_log, job_name
from genodiff.runtime.signals import Stopped, watch_stop
from genodiff.training.distributed import process_rank
from genodiff.training.train_job import TrainFiles, train_job

_POLL_SECONDS = 0.1
# Characters of torchrun's output that are shown if no process has written a message.
_SHOWN_CHARACTERS = 2000
# A terminal sends Ctrl-C to every process; torchrun and its processes ignore it, since the process that
# started them sends SIGTERM.
_TORCHRUN = (
    "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN); "
    "from torch.distributed.run import main; main()"
)


def launch_training(
    *, log: str, files: TrainFiles, gpus: int,
    label_mixes: dict[str, list[str]] | None = None, **arguments: Any,
) -> None:  # fmt: skip
    """Train (see `train_job` for the other arguments) on `gpus` GPUs, or all if there are fewer; on a
    CPU in this process. `label_mixes`: classes that will be drawn, which the cohort must have.

    Ends the process with a message as `job_log` does.
    """
    with job_log(log):
        if label_mixes:
            check_classes(label_mixes or {}, Layout.read(files.layout).classes)
        names = lock_devices(arguments["device"], gpus)
        if len(names) <= 1:
            train_job(files=files, **arguments)
        else:
            environment = {"CUDA_VISIBLE_DEVICES": ",".join(names)}
            run_processes(len(names), environment, log=log, files=files, **arguments)


def run_processes(
    processes: int, environment: dict[str, str], *, log: str, files: TrainFiles, **arguments: Any
) -> None:
    """Train in so many processes of this machine, with these environment variables added to this
    process's. Every minute the console shows the last line of `log`, which the process of rank 0
    continues.

    Raises Stopped after a request to stop, and InputError if a process fails; the message is that of
    the first process that has written any, or else of torchrun.
    """
    folder = Path(files.state)
    folder.mkdir(parents=True, exist_ok=True)
    path, output = folder / "arguments.json", folder / "torchrun.log"
    shutil.rmtree(folder / "processes", ignore_errors=True)
    path.write_text(json.dumps(arguments | {"log": log, "files": asdict(files)}), encoding="utf-8")
    library = {"PYTHONPATH": os.pathsep.join(os.path.abspath(p) for p in sys.path if p)}
    command = [
        # Standalone: a rendezvous at a free port with a unique id, so that trainings do not meet.
        sys.executable, "-c", _TORCHRUN, "--standalone", f"--nproc-per-node={processes}",
        f"--log-dir={folder / 'processes'}", "--redirects=3", "--signals-to-handle=SIGTERM",
        "-m", "genodiff.training.launch", str(path),
    ]  # fmt: skip
    with watch_stop() as stop, output.open("w", encoding="utf-8") as console:
        process = subprocess.Popen(  # noqa: S603 (our own command)
            command, env=os.environ | library | environment, stdout=console, stderr=console,
            pass_fds=held_locks(),
        )  # fmt: skip
        stopped = _wait(process, stop, log)
    message = _first_message(folder / "processes")
    if stopped:
        raise Stopped(message or "stopped on request before the first step")
    if process.returncode:
        text = output.read_text(encoding="utf-8", errors="replace").strip()[-_SHOWN_CHARACTERS:]
        raise InputError(message or f"torchrun ended with status {process.returncode}: {text}")
    if message:
        print(message, file=sys.stderr)


def _wait(process: subprocess.Popen, stop: Callable[[], bool], log: str) -> bool:
    """Wait for the end of torchrun; return whether it was stopped on request."""
    stopped, shown = False, monotonic()
    while process.poll() is None:
        if stop() and not stopped:
            process.terminate()
            stopped = True
        if monotonic() - shown >= PROGRESS_INTERVAL:
            line = Path(log).read_text(encoding="utf-8").rstrip().rpartition("\n")[2]
            print(f"{job_name(log)}: {line}", file=sys.stderr, flush=True)
            shown = monotonic()
        sleep(_POLL_SECONDS)
    return stopped


def _first_message(consoles: Path) -> str:
    """The standard error of the process of lowest rank that has written to it."""
    paths = sorted(consoles.rglob("stderr.log"), key=lambda path: int(path.parent.name))
    texts = (path.read_text(encoding="utf-8", errors="replace").strip() for path in paths)
    return next(filter(None, texts), "").removeprefix("Error: ")


def _main(path: str) -> None:
    """Run the process of a training that the file at `path` describes."""
    with open(path, encoding="utf-8") as file:
        arguments = json.load(file)
    rank = process_rank()
    # The process of rank 0 continues the log of the process that started it.
    log = arguments.pop("log")
    with job_log(f"{log}.rank{rank}" if rank else log, child=True):
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
