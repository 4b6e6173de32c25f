"""Fetch one file of a public cohort from its publisher or a mirror, and verify it."""

from genodiff.downloads.fetch import fetch_file
from genodiff.runtime.logs import job_log

with job_log(snakemake.log[0]):
    fetch_file(snakemake.params.origin, snakemake.input.checksums, snakemake.output[0])
