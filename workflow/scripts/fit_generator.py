"""Fit a generator to the training individuals, without checkpoints: weights and configuration."""

from genodiff.formats.labels import label_mixes
from genodiff.generators.fit_job import fit_job
from genodiff.runtime.logs import job_log

with job_log(snakemake.log[0]):
    fit_job(
        layout_path=snakemake.input.layout,
        train_path=snakemake.input.train,
        weights_path=snakemake.output.weights,
        config_path=snakemake.output.config,
        kind=snakemake.params.kind,
        settings=snakemake.params.settings,
        plugins=snakemake.config["plugins"],
        panel=tuple(snakemake.input.panel) or None,
        threads=snakemake.threads,
        # Not a parameter of the rule: it is only checked, so that a wrong name stops before the fit.
        label_mixes=label_mixes(snakemake.config),
    )
