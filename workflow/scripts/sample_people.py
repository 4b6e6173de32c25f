"""Draw synthetic people from a trained backbone."""

from genodiff.diffusion.sample_job import sample_job
from genodiff.label_mix import Amount
from genodiff.logs import job_log

with job_log(snakemake.log[0]):
    sample_job(
        snakemake.input.layout,
        snakemake.input.labels,
        snakemake.input.weights,
        snakemake.input.config,
        snakemake.output[0],
        Amount(**snakemake.params.amount),
        snakemake.params.memory_mb,
        seed=snakemake.params.seed,
        device=snakemake.params.device,
        threads=snakemake.threads,
    )
