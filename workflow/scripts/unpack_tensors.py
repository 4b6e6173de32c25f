"""Unpack the individuals of a Parquet file into an array that training jobs map into memory."""

from genodiff.formats.tensors import Layout, unpack
from genodiff.runtime.logs import job_log

with job_log(snakemake.log[0]):
    unpack(snakemake.input.individuals, Layout.read(snakemake.input.layout), snakemake.output[0])
