"""Write the table of the membership attack."""

from genodiff.formats.results import read_results
from genodiff.runtime.logs import job_log
from genodiff.tables.nn_adversarial import write_privacy

with job_log(snakemake.log[0]):
    write_privacy(read_results(snakemake.input), snakemake.output[0])
