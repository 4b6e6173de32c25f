"""Train a classifier on synthetic cohorts of several sizes and test it on the real hold-out people."""

from genodiff.classifiers.classify_job import Examination, classify_sizes_job
from genodiff.logs import job_log

with job_log(snakemake.log[0]):
    examination = Examination(
        snakemake.input.layout,
        snakemake.input.validation,
        snakemake.input.test,
        snakemake.wildcards.classifier,
        snakemake.params.settings,
        snakemake.params.training,
        seed=snakemake.params.seed,
        device=snakemake.params.device,
        threads=snakemake.threads,
    )
    classify_sizes_job(
        examination,
        snakemake.input.people,
        snakemake.params.multiples,
        snakemake.params.largest,
        snakemake.output[0],
        snakemake.params.row_keys,
    )
