"""Draw a random share of the training individuals."""

from genodiff.cohort.subsample import take_share
from genodiff.runtime.logs import job_log

with job_log(snakemake.log[0]):
    take_share(
        layout_path=snakemake.input.layout,
        train_path=snakemake.input.train,
        output=snakemake.output[0],
        percent=float(snakemake.wildcards.percent),
        seed=snakemake.params.seed,
    )
