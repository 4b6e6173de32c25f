"""Write the table of the experiment with few labels."""

from genodiff.formats.results import read_results
from genodiff.runtime.logs import job_log
from genodiff.tables.few_labels import write_differences, write_few_labels

with job_log(snakemake.log[0]):
    results = read_results(snakemake.input)
    write_few_labels(results, snakemake.output.table)
    write_differences(results, snakemake.output.differences)
