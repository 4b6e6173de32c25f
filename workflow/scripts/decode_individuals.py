"""Decode the individuals of a dataset to genotypes, and encode these again."""

from genodiff.features.decode_job import decode_individuals
from genodiff.runtime.logs import job_log

with job_log(snakemake.log[0]):
    decode_individuals(
        layout_path=snakemake.input.layout,
        individuals_path=snakemake.input.individuals,
        models_paths=snakemake.input.models,
        decoder_paths=snakemake.input.decoders,
        prefix=snakemake.output.bed.removesuffix(".bed"),
        tensors_path=snakemake.output.tensors,
        seed=snakemake.params.seed,
        memory_mb=snakemake.config["features"]["memory_mb"],
    )
