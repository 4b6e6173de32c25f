"""How a process says which one it is."""

import os
import socket


def this_process() -> str:
    """Where somebody finds this process, who may ask from another machine: number, host, SLURM's job."""
    job = os.environ.get("SLURM_JOB_ID")
    return f"number {os.getpid()} on {socket.gethostname()}" + (f", SLURM job {job}" if job else "")
