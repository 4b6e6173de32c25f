"""Usefulness against the success of the membership attack."""

from genodiff.plots.privacy import privacy_figure
from genodiff.runtime.logs import job_log

with job_log(snakemake.log[0]):
    privacy_figure(
        snakemake.input.attack,
        snakemake.input.table1,
        snakemake.input.layout,
        snakemake.params.datasets,
        list(snakemake.output),
    )
