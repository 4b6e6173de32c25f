"""Inspect the inputs and assign individuals to training, validation and test set."""

from genodiff.cohort.split_job import CohortInputs, SplitOutputs, split_job
from genodiff.formats.labels import label_mixes
from genodiff.genotypes.inputs import GenotypeFiles
from genodiff.runtime.logs import job_log

params = snakemake.params
with job_log(snakemake.log[0]):
    split_job(
        cohort=CohortInputs(
            files=GenotypeFiles(params.reading["source"], params.paths),
            build=params.build,
            genes=snakemake.input.genes,
            annotation=params.reading["annotation"],
            phenotypes=snakemake.input.phenotypes,
            columns=params.columns,
            control=params.control,
            unread=params.unread,
        ),
        fractions=params.fractions,
        seed=params.seed,
        missing=list(snakemake.input.missing),
        max_missing=params.max_missing,
        outputs=SplitOutputs(
            **{name: snakemake.output[name] for name in ("split", "genes", "counts", "facts")}
        ),
        balance_batches=params.balance_batches,
        # Not a parameter of the rule: only checked, so that a wrong name stops before training.
        label_mixes=label_mixes(snakemake.config),
    )
