"""Write the MD5s of the files to fetch, from the lists of their publishers or mirrors."""

from genodiff.downloads.fetch import write_checksums
from genodiff.runtime.logs import job_log

params = snakemake.params
with job_log(snakemake.log[0]):
    write_checksums(params.lists, params.files, params.known, snakemake.output[0])
