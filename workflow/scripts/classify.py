"""Train a classifier on one dataset and test it on the real hold-out people."""

from genodiff.classifiers.training import classify_job
from genodiff.logs import job_log

with job_log(snakemake.log[0]):
    classify_job(
        snakemake.input.layout,
        snakemake.input.dataset,
        snakemake.input.validation,
        snakemake.input.test,
        snakemake.output[0],
        keys={
            "dataset": snakemake.wildcards.dataset,
            "classifier": snakemake.wildcards.classifier,
            "seed": int(snakemake.wildcards.seed),
        },
        settings=snakemake.params.settings,
        training=snakemake.params.training,
        seed=snakemake.params.seed,
        device=snakemake.params.device,
        threads=snakemake.threads,
    )
