"""Copy the decoder of one chromosome from a panel, and measure the round trip of real individuals."""

from genodiff.features.round_trip import take_decoder
from genodiff.runtime.logs import job_log

with job_log(snakemake.log[0]):
    take_decoder(
        genotypes_path=snakemake.input.matrices,
        models_path=snakemake.input.models,
        split_path=snakemake.input.split,
        basis=snakemake.input.basis,
        decoder_path=snakemake.output.decoder,
        sums_path=snakemake.output.sums,
        chosen=snakemake.params.chosen,
        seed=snakemake.params.seed,
        memory_mb=snakemake.config["features"]["memory_mb"],
    )
