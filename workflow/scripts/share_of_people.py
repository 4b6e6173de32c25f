"""Take a share of the training people."""

from genodiff.features.shares import take_share
from genodiff.logs import job_log

with job_log(snakemake.log[0]):
    take_share(
        snakemake.input.layout,
        snakemake.input.train,
        snakemake.output[0],
        float(snakemake.wildcards.percent),
        snakemake.params.seed,
    )
