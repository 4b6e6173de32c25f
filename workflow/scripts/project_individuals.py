"""Write the tensors of the individuals of another cohort."""

from genodiff.features.projection import project_individuals
from genodiff.runtime.logs import job_log

with job_log(snakemake.log[0]):
    project_individuals(
        layout_path=snakemake.input.layout,
        scores_paths=list(snakemake.input.scores),
        inputs_path=snakemake.input.inputs,
        output=snakemake.output[0],
        memory_mb=snakemake.config["features"]["memory_mb"],
    )
