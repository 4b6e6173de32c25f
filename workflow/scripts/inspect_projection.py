"""Check the files, individuals and labels of another cohort against this one."""

from genodiff.features.projection_check import OtherCohort, inspect_projection
from genodiff.genotypes.inputs import GenotypeFiles
from genodiff.runtime.logs import job_log

with job_log(snakemake.log[0]):
    inspect_projection(
        other=OtherCohort(
            name=snakemake.wildcards.projection,
            files=GenotypeFiles(snakemake.params.source, snakemake.params.paths),
            phenotypes=next(iter(snakemake.input.phenotypes), None),
            columns=snakemake.params.columns,
        ),
        facts_path=snakemake.input.facts,
        output=snakemake.output[0],
    )
