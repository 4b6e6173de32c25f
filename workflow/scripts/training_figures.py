"""Figures 3 and 4: training curves, and reconstruction error against noise."""

from genodiff.logs import job_log
from genodiff.plots.training import training_figures

with job_log(snakemake.log[0]):
    training_figures(
        list(snakemake.input),
        snakemake.params.backbones,
        [snakemake.output.figure3, snakemake.output.figure3_png],
        [snakemake.output.figure4, snakemake.output.figure4_png],
    )
