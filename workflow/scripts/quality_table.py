"""What became of every person, record, call and gene: qc.tsv."""

from genodiff.genotypes.qc_table import write_qc_table
from genodiff.logs import job_log

with job_log(snakemake.log[0]):
    write_qc_table([snakemake.input.people, *snakemake.input.chromosomes], snakemake.output[0])
