"""Train a classifier on one dataset and test it on the real hold-out people."""

from genodiff.classifiers.classify_job import Examination, classify_job
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
    dataset = snakemake.input.dataset
    paths = [dataset] if isinstance(dataset, str) else list(dataset)
    classify_job(examination, paths, snakemake.output[0], snakemake.params.row_keys)
