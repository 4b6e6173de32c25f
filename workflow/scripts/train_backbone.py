"""Train one backbone: weights, config and history."""

from genodiff.diffusion.train_job import train_job
from genodiff.logs import job_log

with job_log(snakemake.log[0]):
    train_job(
        snakemake.input.layout,
        snakemake.input.train,
        snakemake.input.validation,
        (snakemake.output.weights, snakemake.output.config, snakemake.output.history),
        backbone=snakemake.wildcards.backbone,
        settings=snakemake.params.settings,
        diffusion=snakemake.params.diffusion,
        seed=snakemake.params.seed,
        device=snakemake.params.device,
        threads=snakemake.threads,
    )
