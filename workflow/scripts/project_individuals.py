"""Tensors of another cohort's individuals."""

from genodiff.features.projection import project_individuals
from genodiff.runtime.logs import job_log

with job_log(snakemake.log[0]):
    project_individuals(
        snakemake.input.layout,
        list(snakemake.input.scores),
        snakemake.input.get("phenotypes") or None,
        snakemake.params.columns,
        snakemake.output[0],
        snakemake.params.memory_mb,
    )
