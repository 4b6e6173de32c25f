"""Scores of another cohort's individuals on one chromosome, and what became of the models' SNPs."""

from genodiff.features.projection import project_chromosome
from genodiff.genotypes.inputs import GenotypeFiles
from genodiff.qc.counts import write_counts
from genodiff.runtime.logs import job_log

chromosome = snakemake.wildcards.chrom
with job_log(snakemake.log[0]):
    tally = project_chromosome(
        GenotypeFiles(snakemake.params.source, {chromosome: snakemake.input.genotypes[0]}),
        chromosome,
        snakemake.input.models,
        snakemake.output.models,
        snakemake.output.scores,
    )
    write_counts(snakemake.output.counts, {chromosome: tally})
