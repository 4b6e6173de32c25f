"""Figure 5: the map of real and synthetic individuals."""

from genodiff.plots.figure5 import figure5
from genodiff.runtime.logs import job_log

with job_log(snakemake.log[0]):
    figure5(snakemake.input[0], snakemake.params.datasets, list(snakemake.output))
