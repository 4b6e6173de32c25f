"""Write Table 1 in the paper's shape and as a long table."""

from genodiff.formats.results import read_results
from genodiff.runtime.logs import job_log
from genodiff.tables.table1 import write_differences, write_table1

with job_log(snakemake.log[0]):
    results, datasets = read_results(snakemake.input.classified), snakemake.params.datasets
    write_differences(results, snakemake.output.differences, datasets)
    write_table1(
        results,
        wide_path=snakemake.output.wide,
        long_path=snakemake.output.long,
        datasets=datasets,
        classifiers=snakemake.params.classifiers,
        batch=next(iter(read_results(snakemake.input.batch)), None),
    )
