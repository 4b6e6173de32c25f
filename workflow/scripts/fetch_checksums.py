"""MD5s of the files to fetch, from their publishers' lists or a mirror's."""

from genodiff.downloads.fetch import write_checksums
from genodiff.runtime.logs import job_log

params = snakemake.params
with job_log(snakemake.log[0]):
    write_checksums(params.lists, params.files, params.known, snakemake.output[0])
