"""Classifiers on a share of the real individuals, with and without synthetic ones."""

from genodiff.plots.augmentation import augmentation_figure
from genodiff.runtime.logs import job_log

with job_log(snakemake.log[0]):
    augmentation_figure(
        snakemake.input.table,
        snakemake.input.layout,
        snakemake.params.generators,
        snakemake.params.classifiers,
        list(snakemake.output),
    )
