"""Write the tables of what other splits of the individuals give."""

from genodiff.formats.tensors import Layout
from genodiff.runtime.logs import job_log
from genodiff.tables.splits import write_split_differences, write_splits

with job_log(snakemake.log[0]):
    write_splits(
        table1=list(snakemake.input.table1),
        table3=list(snakemake.input.table3),
        privacy=list(snakemake.input.privacy),
        classes=len(Layout.read(snakemake.input.layout).classes),
        path=snakemake.output.table,
    )
    write_split_differences(list(snakemake.input.table1), snakemake.output.differences)
