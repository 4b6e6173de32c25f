"""The summary of `snakemake check`, on the console and as a file."""

from pathlib import Path

from genodiff.formats.common import whole_file
from genodiff.qc.summary import check
from genodiff.runtime.logs import job_log


def show(text: str) -> None:
    """Print the summary, and keep it."""
    with whole_file(snakemake.params.summary) as temporary:
        Path(temporary).write_text(text, encoding="utf-8")
    print(f"\n{text}", flush=True)


with job_log(snakemake.log[0]):
    counts = [snakemake.input.individuals, *snakemake.input.chromosomes]
    check(snakemake.input.facts, counts, show)
