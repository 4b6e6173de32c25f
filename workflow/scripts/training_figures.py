"""Draw Figures 3 and 4: training curves, and reconstruction error against noise."""

from genodiff.plots.training import training_figures
from genodiff.runtime.logs import job_log

with job_log(snakemake.log[0]):
    training_figures(
        paths=list(snakemake.input),
        generators=snakemake.params.generators,
        figure3=[snakemake.output.figure3, snakemake.output.figure3_png],
        figure4=[snakemake.output.figure4, snakemake.output.figure4_png],
    )
