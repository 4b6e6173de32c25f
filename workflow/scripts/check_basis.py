"""Check that this cohort is of the build of a panel, and has enough of its SNPs."""

from genodiff.features.projection_check import check_basis, check_found
from genodiff.runtime.logs import job_log

with job_log(snakemake.log[0]):
    check_basis(facts_path=snakemake.input.facts, basis=snakemake.input.basis)
    check_found(
        where="features.basis",
        counts=dict(zip(snakemake.params.chromosomes, snakemake.input.counts, strict=True)),
        output=snakemake.output[0],
        **snakemake.params.limits,
    )
