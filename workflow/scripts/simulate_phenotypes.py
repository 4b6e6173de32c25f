"""Simulate the phenotypes of a cohort from its causal SNPs and join the genes of its chromosomes."""

from genodiff.runtime.logs import job_log
from genodiff.simulation.cohort import write_phenotypes
from genodiff.simulation.settings import SimulationSettings

with job_log(snakemake.log[0]):
    write_phenotypes(
        genes_path=snakemake.output.genes,
        phenotypes_path=snakemake.output.phenotypes,
        genes=list(snakemake.input.genes),
        causal=list(snakemake.input.causal),
        panel=tuple(snakemake.output.panel) or None,
        settings=SimulationSettings(**snakemake.params.settings),
        seed=snakemake.params.seed,
    )
