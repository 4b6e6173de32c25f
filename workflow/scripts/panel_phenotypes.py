"""Write the table of phenotypes from the panel of a public cohort."""

from genodiff.downloads.panel import write_phenotypes
from genodiff.runtime.logs import job_log

with job_log(snakemake.log[0]):
    write_phenotypes(snakemake.input[0], snakemake.output[0])
