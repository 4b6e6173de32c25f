"""The job of the workflow that searches settings of a generator: one worker of its study."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import optuna
import torch

from genodiff.evaluation.base import Comparison
from genodiff.formats.results import write_result
from genodiff.runtime.locks import only_process
from genodiff.runtime.seeds import job_seed
from genodiff.runtime.signals import Stopped
from genodiff.tuning.evaluate import Evaluation, TuneFiles
from genodiff.tuning.spaces.base import NETWORK, RECIPE, Space
from genodiff.tuning.study import Study


def tune_job(
    *, files: TuneFiles, folder: str | os.PathLike, output: str | os.PathLike, generator: str,
    backbone: str, settings: dict[str, Any], diffusion: dict[str, Any], trials: int, worker: int,
    comparison: Comparison, seed: int, device: str, threads: int, memory_mb: int,
    plugins: Sequence[str] = (), code: str = "",
) -> None:  # fmt: skip
    """Try settings of a generator, with the other workers of the study in `folder`, until there are so
    many `trials`; write the rows of all of them, and the numbers of the null.

    settings, diffusion: the configured ones, complete; code: hash of the code, with which the study
    begins anew. Raises InputError as `Judge` does, or if this worker is at work already, and Stopped
    after SIGTERM or Ctrl-C: the trial that was interrupted is tried again by the next call.
    """
    with only_process(Study.work(folder, worker)):
        evaluation = Evaluation(files, backbone, comparison, seed, device, threads, memory_mb, plugins)
        space = Space(backbone, {NETWORK: settings, RECIPE: diffusion}, evaluation.layout.padded_genes)
        unused = ("memory_mb", "planted_share")
        limits = {key: value for key, value in vars(comparison).items() if key not in unused}
        identity = {
            "backbone": backbone, "settings": settings, "diffusion": diffusion, "seed": seed,
            "comparison": limits, "code": code, "torch": torch.__version__,
            "optuna": optuna.__version__, **files.hashes(),
        }  # fmt: skip
        study = Study(folder, identity, space, trials, worker, job_seed(seed, "settings"))
        real, null = evaluation.judge.real[0], evaluation.judge.null
        try:
            study.run(evaluation)
        except KeyboardInterrupt:
            raise Stopped(
                f"stopped on request; finished trials are in {Path(folder)}: run the same command to go "
                "on"
            ) from None
        found = {"generator": generator, "auc_real": float(real), "null": null, "trials": study.rows()}
        write_result(output, found)
