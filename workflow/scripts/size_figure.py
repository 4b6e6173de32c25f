"""Accuracy against the size of the synthetic cohort."""

from genodiff.logs import job_log
from genodiff.plots.sizes import size_figure

with job_log(snakemake.log[0]):
    size_figure(
        snakemake.input.table,
        snakemake.input.layout,
        snakemake.params.datasets,
        list(snakemake.output),
    )
