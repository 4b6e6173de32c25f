"""How much of each gene's variance its principal components keep."""

from genodiff.plots.variance import variance_figure
from genodiff.runtime.logs import job_log

with job_log(snakemake.log[0]):
    variance_figure(list(snakemake.input), list(snakemake.output))
