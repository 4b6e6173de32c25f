"""Accuracy against the size of the synthetic cohort."""

from genodiff.plots.sizes import size_figure
from genodiff.runtime.logs import job_log

with job_log(snakemake.log[0]):
    size_figure(
        snakemake.input.table,
        snakemake.input.layout,
        snakemake.params.datasets,
        list(snakemake.output),
    )
