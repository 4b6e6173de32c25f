"""Fit the decoders of one chromosome and measure their round trip of real individuals."""

from genodiff.features.round_trip import fit_decoders
from genodiff.runtime.logs import job_log

with job_log(snakemake.log[0]):
    fit_decoders(
        genotypes_path=snakemake.input.matrices,
        models_path=snakemake.input.models,
        split_path=snakemake.input.split,
        decoder_path=snakemake.output.decoder,
        sums_path=snakemake.output.sums,
        chosen=snakemake.params.chosen,
        seed=snakemake.params.seed,
        memory_mb=snakemake.config["features"]["memory_mb"],
    )
