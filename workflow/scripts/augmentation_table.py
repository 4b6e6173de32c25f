"""Write the table of the augmentation experiment."""

from genodiff.formats.results import read_results
from genodiff.runtime.logs import job_log
from genodiff.tables.augmentation import write_augmentation

with job_log(snakemake.log[0]):
    write_augmentation(read_results(snakemake.input), snakemake.output[0])
