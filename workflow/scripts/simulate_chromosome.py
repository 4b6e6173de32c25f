"""Simulate one chromosome of a case-control cohort: its BCF with index, genes, causal SNPs."""

from genodiff.runtime.logs import job_log
from genodiff.simulation.cohort import write_chromosome
from genodiff.simulation.settings import SimulationSettings

with job_log(snakemake.log[0]):
    write_chromosome(
        snakemake.output.bcf,
        snakemake.output.genes,
        snakemake.output.causal,
        int(snakemake.wildcards.chrom),
        SimulationSettings(**snakemake.params.settings),
        snakemake.params.seed,
    )
