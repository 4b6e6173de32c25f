"""Draw synthetic people from a trained backbone."""

from genodiff.diffusion.sample_job import sample_job
from genodiff.logs import job_log

with job_log(snakemake.log[0]):
    sample_job(
        snakemake.input.layout,
        snakemake.input.train,
        snakemake.input.weights,
        snakemake.input.config,
        snakemake.output[0],
        **snakemake.params.synthetic,
        seed=snakemake.params.seed,
        device=snakemake.params.device,
        threads=snakemake.threads,
    )
