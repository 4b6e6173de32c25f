"""Look for close relatives between the training and the test set."""

from genodiff.qc.relatives import find_relatives
from genodiff.runtime.logs import job_log

with job_log(snakemake.log[0]):
    find_relatives(
        matrices=list(snakemake.input.matrices),
        split_path=snakemake.input.split,
        output=snakemake.output[0],
        seed=snakemake.params.seed,
    )
