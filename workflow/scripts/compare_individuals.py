"""Compare a dataset with the real individuals: nearest neighbours and membership inference."""

from genodiff.evaluation.compare_job import Comparison, compare_job
from genodiff.runtime.logs import job_log

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
