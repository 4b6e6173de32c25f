"""Measure how well a network, or denoisers without a training, restore noised real individuals."""

from genodiff.evaluation.denoising.job import denoising_job
from genodiff.runtime.logs import job_log

with job_log(snakemake.log[0]):
    files = snakemake.input
    denoising_job(
        layout_path=files.layout,
        train_path=files.train,
        validation_path=files.validation,
        output=snakemake.output[0],
        row=snakemake.params.row,
        network=(files.weights, files.network) if files.get("weights") else None,
        seed=snakemake.params.seed,
        device=snakemake.config["device"],
        threads=snakemake.threads,
        plugins=snakemake.config["plugins"],
    )
