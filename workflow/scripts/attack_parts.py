"""Attack parts of the individuals that are released."""

from genodiff.evaluation.base import Comparison
from genodiff.evaluation.release_size import Shares
from genodiff.evaluation.release_size_job import release_size_job
from genodiff.runtime.logs import job_log

with job_log(snakemake.log[0]):
    release_size_job(
        layout_path=snakemake.input.layout,
        train_path=snakemake.input.train,
        test_path=snakemake.input.test,
        null_path=snakemake.input.null,
        dataset_path=snakemake.input.dataset,
        privacy_path=snakemake.input.privacy,
        reference_path=next(iter(snakemake.input.reference), None),
        output=snakemake.output[0],
        row=snakemake.params.row,
        shares=Shares(**snakemake.params.shares),
        settings=Comparison(
            **snakemake.config["comparison"],
            attack_repeats=snakemake.params.repeats,
            attack_members=snakemake.params.members,
        ),
        seed=snakemake.params.seed,
        device=snakemake.config["device"],
        threads=snakemake.threads,
    )
