"""What the batch alone predicts: the reference line of Table 1."""

from genodiff.logs import job_log
from genodiff.metrics.batch_only import batch_only_job

with job_log(snakemake.log[0]):
    batch_only_job(snakemake.input[0], snakemake.output[0])
