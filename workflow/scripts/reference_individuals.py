"""Draw individuals from a reference generator that is fitted to the training individuals."""

from genodiff.cohort.label_mix import SyntheticSize
from genodiff.generators.reference_job import reference_job
from genodiff.runtime.logs import job_log

with job_log(snakemake.log[0]):
    reference_job(
        snakemake.input.layout,
        snakemake.input.train,
        snakemake.input.labels,
        snakemake.output[0],
        snakemake.wildcards.reference,
        snakemake.params.settings,
        SyntheticSize(**snakemake.params.amount),
        snakemake.params.seed,
    )
