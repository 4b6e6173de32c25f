"""The summary of `snakemake check`, on the console and as a file."""

from pathlib import Path

from genodiff.formats.common import whole_file
from genodiff.genotypes.check import summary
from genodiff.logs import job_log

with job_log(snakemake.log[0]):
    text = summary(snakemake.input.facts, [snakemake.input.people, *snakemake.input.chromosomes])
    with whole_file(snakemake.output[0]) as temporary:
        Path(temporary).write_text(text, encoding="utf-8")
    print(f"\n{text}")
