"""Train a classifier on a dataset, and test it on real hold-out individuals."""

from genodiff.evaluation.classify_job import ClassifierEvaluation, classify_job
from genodiff.runtime.logs import job_log

with job_log(snakemake.log[0]):
    evaluation = ClassifierEvaluation(
        layout_path=snakemake.input.layout,
        validation_path=snakemake.input.validation,
        test_path=snakemake.input.test,
        classifier=snakemake.wildcards.classifier,
        settings=snakemake.params.settings,
        training=snakemake.params.training,
        seed=snakemake.params.seed,
        device=snakemake.config["device"],
        threads=snakemake.threads,
    )
    classify_job(
        evaluation,
        dataset_paths=list(snakemake.input.dataset),
        output=snakemake.output[0],
        row=snakemake.params.row,
        code=snakemake.params.code,
        # From the configuration, since they do not change the result.
        memory_mb=snakemake.config["comparison"]["memory_mb"],
        checkpoint_minutes=snakemake.config["checkpoint_minutes"],
    )
