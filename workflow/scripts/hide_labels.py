"""Keep the labels of a random share of the labelled training individuals."""

from genodiff.cohort.subsample import keep_labels
from genodiff.runtime.logs import job_log

with job_log(snakemake.log[0]):
    keep_labels(
        layout_path=snakemake.input.layout,
        train_path=snakemake.input.train,
        output=snakemake.output[0],
        percent=float(snakemake.wildcards.percent),
        seed=snakemake.params.seed,
    )
