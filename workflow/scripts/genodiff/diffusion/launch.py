"""A training in this process or, on several GPUs, in one process for each, which torch's own launcher
starts on this machine."""

import json
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from time import sleep
from typing import Any

from genodiff.devices import lock_devices
from genodiff.diffusion.train_job import TrainFiles, train_job
from genodiff.logs import STOPPED_STATUS, job_log
from genodiff.stopping import watch_sigterm

_POLL_SECONDS = 0.1


def launch_training(log: str, files: TrainFiles, gpus: int, **arguments: Any) -> None:
    """Train (see `train_job` for the other arguments), on `gpus` devices where there are so many.

    Ends the process with a message as `job_log` does. A process that torchrun has started itself, on one
    machine or several, takes its part of the training that it belongs to.
    """
    rank = int(os.environ.get("RANK", "0"))
    with job_log(log + (f".rank{rank}" if rank else "")):
        names = [] if "RANK" in os.environ else lock_devices(arguments["device"], gpus)
        if len(names) <= 1:
            train_job(files, **arguments)
            return
    # The first of the processes goes on with this log.
    visible = {"CUDA_VISIBLE_DEVICES": ",".join(names)}
    status = run_processes(log, files, len(names), visible, **arguments)
    if status:
        sys.exit(status)


def run_processes(
    log: str, files: TrainFiles, processes: int, environment: dict[str, str], **arguments: Any
) -> int:
    """Train in so many processes and return the exit status: of a request to stop its own, otherwise 0
    or 1. Messages of the first process, or of the others if it has none, go to the console."""
    folder = Path(files.state)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "arguments.json"
    path.write_text(json.dumps(arguments | {"log": log, "files": asdict(files)}), encoding="utf-8")
    own = {
        "PYTHONPATH": os.pathsep.join(p for p in sys.path if p),
        "OMP_NUM_THREADS": str(max(1, arguments["threads"] // processes)),
    }
    command = [
        sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}",
        f"--log-dir={folder / 'processes'}", "--redirects=3", "-m", "genodiff.diffusion.train_process",
        str(path),
    ]  # fmt: skip
    with watch_sigterm() as stop:
        process = subprocess.Popen(  # noqa: S603 (a module of ours)
            command, env=os.environ | own | environment, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        told = False
        while process.poll() is None:
            if stop() and not told:
                process.terminate()
                told = True
            sleep(_POLL_SECONDS)
    consoles = sorted((folder / "processes").rglob("stderr.log"), key=lambda p: int(p.parent.name))
    texts = [console.read_text(encoding="utf-8", errors="replace") for console in consoles]
    print(next(filter(None, map(str.strip, texts)), ""), file=sys.stderr)
    if told:
        return STOPPED_STATUS
    return 1 if process.returncode else 0
