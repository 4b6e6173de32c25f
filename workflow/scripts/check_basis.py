"""Check that this cohort is of the build of a panel, and has enough of its SNPs."""

from genodiff.features.projection_check import check_basis, check_found
from genodiff.formats.split import read_split
from genodiff.runtime.logs import job_log

with job_log(snakemake.log[0]):
    check_basis(
        facts=(snakemake.input.basis, snakemake.input.facts),
        samples=tuple(
            read_split(path)["sample"].tolist()
            for path in (snakemake.input.panel, snakemake.input.split)
        ),
    )
    check_found(
        where="features.basis",
        counts=dict(zip(snakemake.params.chromosomes, snakemake.input.counts, strict=True)),
        output=snakemake.output[0],
        **snakemake.params.limits,
    )
