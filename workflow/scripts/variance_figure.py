"""Draw the figure of the variance of each gene that its principal components explain."""

from genodiff.plots.variance import variance_figure
from genodiff.runtime.logs import job_log

with job_log(snakemake.log[0]):
    variance_figure(list(snakemake.input), list(snakemake.output))
