"""The panel of a public cohort's individuals as a table of phenotypes."""

from genodiff.downloads.panel import write_phenotypes
from genodiff.runtime.logs import job_log

with job_log(snakemake.log[0]):
    write_phenotypes(snakemake.input[0], snakemake.output[0])
