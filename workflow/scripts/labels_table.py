"""Write the table of the experiment with few labels."""

from genodiff.formats.results import read_results
from genodiff.runtime.logs import job_log
from genodiff.tables.few_labels import write_few_labels

with job_log(snakemake.log[0]):
    write_few_labels(read_results(snakemake.input), snakemake.output[0])
