"""The panel of a public cohort's people as a table of phenotypes."""

from genodiff.downloads.panel import write_phenotypes
from genodiff.logs import job_log

with job_log(snakemake.log[0]):
    write_phenotypes(snakemake.input[0], snakemake.output[0])
