"""The table of a metric."""

from genodiff.formats.results import read_results
from genodiff.runtime.logs import job_log
from genodiff.tables.write import write_rows

with job_log(snakemake.log[0]):
    write_rows(read_results(snakemake.input), snakemake.output[0])
