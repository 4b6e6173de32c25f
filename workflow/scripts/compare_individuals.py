"""Compute a metric of a dataset against the real individuals."""

from genodiff.evaluation.base import Comparison
from genodiff.evaluation.compare_job import compare_job
from genodiff.evaluation.dosages import GenotypeFiles
from genodiff.runtime.logs import job_log

with job_log(snakemake.log[0]):
    files = snakemake.input
    genotypes = network = None
    if files.get("matrices"):
        snps = snakemake.config["fidelity"]["snps"]
        genotypes = GenotypeFiles(files.matrices, files.models, files.get("bed"), snps)
    if files.get("weights"):
        network = files.weights, files.network
    compare_job(
        layout_path=snakemake.input.layout,
        train_path=snakemake.input.train,
        test_path=snakemake.input.test,
        dataset_path=snakemake.input.dataset[0],
        output=snakemake.output[0],
        metric=snakemake.wildcards.metric,
        row=snakemake.params.row,
        null=snakemake.params.null,
        reference_path=next(iter(snakemake.input.reference), None),
        outside=snakemake.params.outside,
        genotypes=genotypes,
        network=network,
        plugins=snakemake.config["plugins"],
        settings=Comparison(
            **snakemake.config["comparison"],
            attack_repeats=snakemake.config["privacy"]["repeats"],
            attack_members=snakemake.config["privacy"]["members"],
        ),
        seed=snakemake.params.seed,
        device=snakemake.config["device"],
        threads=snakemake.threads,
    )
