"""Assign the people of the genotype files to training, validation and test set: split.tsv."""

from genodiff.features.split import split_cohort
from genodiff.logs import job_log

with job_log(snakemake.log[0]):
    split_cohort(
        snakemake.input.vcf,
        snakemake.input.phenotypes,
        snakemake.output[0],
        columns=snakemake.params.columns,
        fractions=snakemake.params.fractions,
        seed=snakemake.params.seed,
    )
