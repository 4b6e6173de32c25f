"""Look at the inputs; assign individuals to training, validation and test set: split.tsv, counts,
facts."""

from genodiff.cohort.split_job import CohortInputs, SplitOutputs, split_job
from genodiff.genotypes.inputs import GenotypeFiles
from genodiff.runtime.logs import job_log

params = snakemake.params
with job_log(snakemake.log[0]):
    split_job(
        CohortInputs(
            GenotypeFiles(params.reading["source"], params.paths),
            params.build,
            snakemake.input.genes,
            params.reading["annotation"],
            snakemake.input.phenotypes,
            params.columns,
            params.control,
        ),
        params.fractions,
        params.seed,
        list(snakemake.input.missing),
        params.max_missing,
        SplitOutputs(**{name: snakemake.output[name] for name in ("split", "genes", "counts", "facts")}),
        params.balance_batches,
    )
