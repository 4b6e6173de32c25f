"""Table 1, in the paper's shape and tidy."""

from genodiff.formats.results import read_results
from genodiff.runtime.logs import job_log
from genodiff.tables.table1 import write_table1

with job_log(snakemake.log[0]):
    write_table1(
        read_results(snakemake.input.classified),
        snakemake.output.wide,
        snakemake.output.long,
        snakemake.params.datasets,
        snakemake.params.classifiers,
        next(iter(read_results(snakemake.input.batch)), None),
    )
