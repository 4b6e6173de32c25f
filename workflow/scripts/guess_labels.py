"""Guess the labels of unlabelled training individuals by self-training."""

from genodiff.cohort.self_training import guess_labels
from genodiff.runtime.logs import job_log

with job_log(snakemake.log[0]):
    guess_labels(
        layout_path=snakemake.input.layout,
        train_path=snakemake.input.train,
        output=snakemake.output[0],
    )
