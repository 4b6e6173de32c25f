"""Check that another cohort has enough of this cohort's SNPs."""

from genodiff.features.projection_check import check_found
from genodiff.runtime.logs import job_log

with job_log(snakemake.log[0]):
    check_found(
        where=f"projections.{snakemake.wildcards.projection}",
        limit=f"projections.{snakemake.wildcards.projection}.min_found",
        counts=dict(zip(snakemake.params.chromosomes, snakemake.input, strict=True)),
        output=snakemake.output[0],
        **snakemake.params.limits,
    )
