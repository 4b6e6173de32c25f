"""Score the prediction of the class from the batch alone: the reference line of Table 1."""

from genodiff.evaluation.batch_baseline import batch_baseline_job
from genodiff.runtime.logs import job_log

with job_log(snakemake.log[0]):
    batch_baseline_job(snakemake.input[0], snakemake.output[0])
