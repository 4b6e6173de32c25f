"""Write qc.tsv: counts of the outcomes of individuals, records, calls and genes."""

from genodiff.qc.table import write_qc_table
from genodiff.runtime.logs import job_log

with job_log(snakemake.log[0]):
    write_qc_table(
        counts=[snakemake.input.individuals, *snakemake.input.chromosomes],
        output=snakemake.output[0],
    )
