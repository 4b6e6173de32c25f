"""What became of every individual, record, call and gene: qc.tsv."""

from genodiff.qc.table import write_qc_table
from genodiff.runtime.logs import job_log

with job_log(snakemake.log[0]):
    write_qc_table([snakemake.input.individuals, *snakemake.input.chromosomes], snakemake.output[0])
