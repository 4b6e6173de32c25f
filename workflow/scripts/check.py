"""Print the summary of `snakemake check` and write it to a file."""

from pathlib import Path

from genodiff.formats.common import whole_file
from genodiff.qc.summary import check
from genodiff.runtime.logs import job_log


def show(text: str) -> None:
    """Write the summary to its file and print it."""
    with whole_file(snakemake.params.summary) as temporary:
        Path(temporary).write_text(text, encoding="utf-8")
    print(f"\n{text}", flush=True)


with job_log(snakemake.log[0]):
    check(
        facts_path=snakemake.input.facts,
        counts=[snakemake.input.individuals, *snakemake.input.chromosomes],
        show=show,
    )
