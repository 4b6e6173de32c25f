"""Simulate a case-control cohort: VCFs with indexes, genes.bed, phenotypes.tsv."""

from genodiff.genotypes.cohort import write_cohort
from genodiff.genotypes.simulate import SimulationSettings
from genodiff.logs import job_log

with job_log(snakemake.log[0]):
    write_cohort(
        list(snakemake.output.vcfs),
        snakemake.output.genes,
        snakemake.output.phenotypes,
        SimulationSettings(**snakemake.params.settings),
        snakemake.params.seed,
    )
