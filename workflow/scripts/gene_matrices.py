"""Per-gene SNP matrices of one chromosome, and what became of its records."""

from genodiff.genotypes.matrices import Quality, write_matrices
from genodiff.logs import job_log

with job_log(snakemake.log[0]):
    write_matrices(
        snakemake.input.vcf,
        snakemake.wildcards.chrom,
        snakemake.input.genes,
        snakemake.input.split,
        snakemake.output.matrices,
        snakemake.output.counts,
        Quality(**snakemake.params.quality),
        tuple(snakemake.params.size),
    )
