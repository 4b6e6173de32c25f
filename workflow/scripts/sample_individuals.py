"""Draw synthetic individuals from a trained backbone."""

from genodiff.cohort.label_mix import SyntheticSize
from genodiff.diffusion.sample_job import SampleFiles, sample_job
from genodiff.runtime.logs import job_log

with job_log(snakemake.log[0]):
    sample_job(
        files=SampleFiles(
            snakemake.input.layout,
            snakemake.input.labels,
            snakemake.input.weights,
            snakemake.input.config,
            snakemake.output[0],
            # Snakemake clears away outputs of a job that did not end; this is none.
            f"{snakemake.output[0]}.state",
        ),
        amount=SyntheticSize(**snakemake.params.amount),
        sampling=snakemake.params.sampling,
        memory_mb=snakemake.params.memory_mb,
        seed=snakemake.params.seed,
        device=snakemake.params.device,
        gpus=snakemake.resources.gpu,
        threads=snakemake.threads,
    )
