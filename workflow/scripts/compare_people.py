"""Compare a dataset with the real people: nearest neighbours and membership inference."""

from genodiff.logs import job_log
from genodiff.metrics.compare_job import Comparison, compare_job

with job_log(snakemake.log[0]):
    compare_job(
        snakemake.input.layout,
        snakemake.input.train,
        snakemake.input.test,
        snakemake.input.dataset,
        snakemake.output[0],
        keys=snakemake.params.row_keys,
        null=snakemake.params.null,
        settings=Comparison(**snakemake.params.settings),
        seed=snakemake.params.seed,
        device=snakemake.params.device,
        threads=snakemake.threads,
    )
