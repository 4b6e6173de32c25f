"""Simulate one chromosome of a case-control cohort: indexed BCF, genes and causal SNPs."""

from genodiff.runtime.logs import job_log
from genodiff.simulation.cohort import write_chromosome
from genodiff.simulation.settings import SimulationSettings

with job_log(snakemake.log[0], chromosome=True):
    write_chromosome(
        bcf=snakemake.output.bcf,
        genes=snakemake.output.genes,
        causal=snakemake.output.causal,
        panel=next(iter(snakemake.output.panel), None),
        number=int(snakemake.wildcards.chrom),
        settings=SimulationSettings(**snakemake.params.settings),
        seed=snakemake.params.seed,
    )
