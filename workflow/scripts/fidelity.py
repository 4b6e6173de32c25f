"""Compute the genetic fidelity of a dataset."""

from genodiff.evaluation.fidelity.base import FidelitySettings
from genodiff.evaluation.fidelity.job import fidelity_job
from genodiff.runtime.logs import job_log

with job_log(snakemake.log[0]):
    fidelity_job(
        matrices=snakemake.input.matrices,
        models=snakemake.input.models,
        split_path=snakemake.input.split,
        bed_path=snakemake.input.get("bed"),
        labels_path=snakemake.input.get("parquet"),
        output=snakemake.output[0],
        row=snakemake.params.row,
        control=snakemake.params.control,
        settings=FidelitySettings(**snakemake.config["fidelity"]),
        seed=snakemake.params.seed,
    )
