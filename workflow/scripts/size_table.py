"""Write the table of accuracy against the size of the synthetic cohort."""

from genodiff.formats.results import read_results
from genodiff.runtime.logs import job_log
from genodiff.tables.size import write_sizes

with job_log(snakemake.log[0]):
    write_sizes(read_results(snakemake.input), snakemake.params.datasets, snakemake.output[0])
