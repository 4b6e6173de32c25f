"""Tensors of another cohort's people."""

from genodiff.features.projection import project_people
from genodiff.logs import job_log

with job_log(snakemake.log[0]):
    project_people(
        snakemake.input.layout,
        list(snakemake.input.scores),
        snakemake.input.get("phenotypes") or None,
        snakemake.params.columns,
        snakemake.output[0],
        snakemake.params.memory_mb,
    )
