"""Draw synthetic individuals from a fitted generator."""

from genodiff.cohort.label_mix import SyntheticSize
from genodiff.generators.base import Resources
from genodiff.generators.draw_job import draw_job
from genodiff.runtime.logs import job_log

with job_log(snakemake.log[0]):
    draw_job(
        layout_path=snakemake.input.layout,
        labels_path=snakemake.input.labels,
        weights_path=snakemake.input.weights,
        config_path=snakemake.input.config,
        output=snakemake.output[0],
        size=SyntheticSize(**snakemake.params.size),
        overrides=snakemake.params.overrides,
        seed=snakemake.params.seed,
        # No parameters of the rule: they change nothing of the result.
        resources=Resources(
            device=snakemake.config["device"],
            gpus=snakemake.resources.gpu,
            threads=snakemake.threads,
            memory_mb=snakemake.config["synthetic"]["memory_mb"],
            # Snakemake removes the outputs of a job that did not end; this folder is none.
            state=f"{snakemake.output[0]}.state",
            code=snakemake.params.code,
        ),
        plugins=snakemake.config["plugins"],
    )
