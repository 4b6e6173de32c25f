"""Write the round trip of real individuals through each decoder, over all chromosomes."""

from genodiff.formats.decoding import write_decoding
from genodiff.runtime.logs import job_log

with job_log(snakemake.log[0]):
    write_decoding(snakemake.output[0], snakemake.input, snakemake.params.chosen)
