"""A train job as a process of its own: `python -m genodiff.diffusion.train_process arguments.json`.

The file holds `log` and the arguments of `train_job`. Of several processes, which torchrun starts, the
first writes the log, and each other one a log beside it.
"""

import json
import os
import sys

from genodiff.diffusion.train_job import TrainFiles, train_job
from genodiff.logs import job_log


def main(path: str) -> None:
    """Run the job that the file at `path` describes."""
    with open(path, encoding="utf-8") as file:
        arguments = json.load(file)
    rank = int(os.environ.get("RANK", "0"))
    with job_log(arguments.pop("log") + (f".rank{rank}" if rank else "")):
        train_job(TrainFiles(**arguments.pop("files")), **arguments)


if __name__ == "__main__":
    main(sys.argv[1])
