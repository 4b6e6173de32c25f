"""Write Table 2 in the paper's shape and as a long table."""

from genodiff.formats.results import read_results
from genodiff.runtime.logs import job_log
from genodiff.tables.nn_adversarial import write_table2

with job_log(snakemake.log[0]):
    write_table2(
        read_results(snakemake.input),
        wide=snakemake.output.wide,
        long=snakemake.output.long,
        datasets=snakemake.params.datasets,
    )
