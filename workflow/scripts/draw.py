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
        # Not parameters of the rule, since they do not change the result.
        resources=Resources(
            device=snakemake.config["device"],
            gpus=snakemake.resources.gpu,
            threads=snakemake.threads,
            memory_mb=snakemake.config["synthetic"]["memory_mb"],
            # Not an output: Snakemake deletes outputs after an interruption.
            state=f"{snakemake.output[0]}.state",
            code=snakemake.params.code,
        ),
        plugins=snakemake.config["plugins"],
        label_mix_setting=snakemake.params.label_mix_setting,
    )
