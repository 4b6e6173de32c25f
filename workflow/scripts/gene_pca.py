"""Per-gene PCA of one chromosome, fitted on the training individuals: models and scores."""

from genodiff.features.gene_pca_job import write_chromosome_pca
from genodiff.runtime.logs import job_log

with job_log(snakemake.log[0], chromosome=True):
    write_chromosome_pca(
        genotypes_path=snakemake.input.matrices,
        split_path=snakemake.input.split,
        models_path=snakemake.output.models,
        scores_path=snakemake.output.scores,
        most=snakemake.params.components,
        explained=snakemake.params.explained,
        memory_mb=snakemake.config["features"]["memory_mb"],
    )
