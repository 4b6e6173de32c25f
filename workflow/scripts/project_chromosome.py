"""Write the scores of another cohort on one chromosome."""

from genodiff.features.projection import project_chromosome
from genodiff.runtime.logs import job_log

with job_log(snakemake.log[0], chromosome=True):
    project_chromosome(
        matrices_path=snakemake.input.matrices,
        models_path=snakemake.input.models,
        projected_models=snakemake.output.models,
        projected_scores=snakemake.output.scores,
    )
