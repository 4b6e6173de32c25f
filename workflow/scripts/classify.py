"""Train a classifier on a dataset, or on several sizes of it, and test it on real hold-out
individuals."""

from genodiff.evaluation.classify_job import ClassifierEvaluation, classify_job, classify_sizes_job
from genodiff.runtime.logs import job_log

with job_log(snakemake.log[0]):
    evaluation = ClassifierEvaluation(
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
    sizes = snakemake.params.get("sizes")
    if sizes:
        classify_sizes_job(evaluation, dataset, sizes, snakemake.output[0], snakemake.params.row_keys)
    else:
        paths = [dataset] if isinstance(dataset, str) else list(dataset)
        classify_job(evaluation, paths, snakemake.output[0], snakemake.params.row_keys)
