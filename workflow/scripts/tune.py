"""Search settings of a generator: one worker."""

from pathlib import Path

from genodiff.evaluation.base import Comparison
from genodiff.runtime.logs import job_log
from genodiff.tuning.evaluate import TuneFiles
from genodiff.tuning.job import tune_job

with job_log(snakemake.log[0]):
    tune_job(
        files=TuneFiles(**dict(snakemake.input.items())),
        # Not an output: Snakemake deletes outputs after an interruption.
        folder=Path(snakemake.output[0]).parent,
        output=snakemake.output[0],
        generator=snakemake.wildcards.generator,
        worker=int(snakemake.wildcards.worker),
        **snakemake.params.network,
        trials=snakemake.params.trials,
        comparison=Comparison(
            **snakemake.params.comparison,
            # Of the null's controls, which are not tried here.
            planted_share=snakemake.config["comparison"]["planted_share"],
            memory_mb=snakemake.config["comparison"]["memory_mb"],
        ),
        seed=snakemake.params.seed,
        code=snakemake.params.code,
        # From the configuration, since they do not change the result.
        device=snakemake.config["device"],
        threads=snakemake.threads,
        memory_mb=snakemake.config["synthetic"]["memory_mb"],
        plugins=snakemake.config["plugins"],
    )
