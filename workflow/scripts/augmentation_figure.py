"""Classifiers on a share of the real people, with and without synthetic ones."""

from genodiff.logs import job_log
from genodiff.plots.augmentation import augmentation_figure

with job_log(snakemake.log[0]):
    augmentation_figure(
        snakemake.input.table,
        snakemake.input.layout,
        snakemake.params.generators,
        snakemake.params.classifiers,
        list(snakemake.output),
    )
