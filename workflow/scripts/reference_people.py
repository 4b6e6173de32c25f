"""Draw people from a reference generator that is fitted to the training people."""

from genodiff.label_mix import Amount
from genodiff.logs import job_log
from genodiff.references.reference_job import reference_job

with job_log(snakemake.log[0]):
    reference_job(
        snakemake.input.layout,
        snakemake.input.train,
        snakemake.input.labels,
        snakemake.output[0],
        snakemake.wildcards.reference,
        snakemake.params.settings,
        Amount(**snakemake.params.amount),
        snakemake.params.seed,
    )
