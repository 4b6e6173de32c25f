"""Per-gene PCA of one chromosome, fitted on the training individuals: models and scores."""

from genodiff.features.gene_pca_job import write_chromosome_pca
from genodiff.runtime.logs import job_log

with job_log(snakemake.log[0]):
    write_chromosome_pca(
        snakemake.input.matrices,
        snakemake.input.split,
        snakemake.output.models,
        snakemake.output.scores,
        snakemake.params.components,
        snakemake.params.explained,
        snakemake.params.memory_mb,
    )
