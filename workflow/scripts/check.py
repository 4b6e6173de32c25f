"""Print the summary of `snakemake check` and write it to a file."""

from genodiff.formats.common import write_text
from genodiff.formats.labels import label_mixes
from genodiff.qc.summary import check
from genodiff.runtime.logs import job_log


def show(text: str) -> None:
    """Write the summary to its file and print it."""
    write_text(snakemake.params.summary, text)
    print(f"\n{text}", flush=True)


with job_log(snakemake.log[0]):
    check(
        facts_path=snakemake.input.facts,
        relatives_path=snakemake.input.relatives,
        counts=[snakemake.input.individuals, *snakemake.input.chromosomes],
        models=list(snakemake.input.models),
        projections=dict(zip(snakemake.params.projections, snakemake.input.found, strict=True)),
        show=show,
        thresholds=snakemake.config["quality"] | snakemake.config["features"],
        label_mixes=label_mixes(snakemake.config),
    )
