"""A train job as a process of its own: `python -m genodiff.training.train_process arguments.json`.

The file holds `log` and the arguments of `train_job`. Of several processes, which torchrun starts, the
first writes the log, and each other one a log beside it.
"""

import json
import os
import sys
import traceback
from typing import NoReturn

from genodiff.runtime.logs import job_log
from genodiff.training.train_job import TrainFiles, train_job


def main(path: str) -> None:
    """Run the job that the file at `path` describes."""
    with open(path, encoding="utf-8") as file:
        arguments = json.load(file)
    rank = int(os.environ.get("RANK", "0"))
    with job_log(arguments.pop("log") + (f".rank{rank}" if rank else "")):
        train_job(TrainFiles(**arguments.pop("files")), **arguments)


def end_at_once(status: int) -> NoReturn:
    """End the process without taking apart what is in it: the threads of a gloo group and Python's
    interpreter can wait for each other for good while the last objects go (torch 2.13)."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except SystemExit as ending:
        end_at_once(ending.code)
    except BaseException:
        traceback.print_exc()
        end_at_once(1)
    end_at_once(0)
