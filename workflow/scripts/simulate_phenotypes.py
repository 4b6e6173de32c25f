"""Give a simulated cohort its phenotypes, from the causal SNPs: phenotypes.tsv, and genes.bed."""

from genodiff.runtime.logs import job_log
from genodiff.simulation.cohort import write_phenotypes
from genodiff.simulation.settings import SimulationSettings

with job_log(snakemake.log[0]):
    write_phenotypes(
        snakemake.output.genes,
        snakemake.output.phenotypes,
        list(snakemake.input.genes),
        list(snakemake.input.causal),
        SimulationSettings(**snakemake.params.settings),
        snakemake.params.seed,
    )
