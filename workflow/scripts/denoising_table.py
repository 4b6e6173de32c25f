"""Write the table of the errors of denoisers."""

from genodiff.formats.results import read_results
from genodiff.runtime.logs import job_log
from genodiff.tables.denoising import write_denoising

with job_log(snakemake.log[0]):
    write_denoising(read_results(snakemake.input), snakemake.output[0])
