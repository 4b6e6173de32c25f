"""Take a share of the training individuals."""

from genodiff.cohort.subsample import take_share
from genodiff.runtime.logs import job_log

with job_log(snakemake.log[0]):
    take_share(
        snakemake.input.layout,
        snakemake.input.train,
        snakemake.output[0],
        float(snakemake.wildcards.percent),
        snakemake.params.seed,
    )
