"""Write a folder of synthetic genotypes to hand out."""

import os

from genodiff.release.datasheet import Origin, Sources
from genodiff.release.release_job import release_job
from genodiff.runtime.logs import job_log

_NAMES = ("table1", "table3", "privacy", "fidelity", "decoding", "layout", "split", "inputs")

with job_log(snakemake.log[0]):
    release_job(
        Sources(
            **{name: snakemake.input[name] for name in _NAMES},
            models=list(snakemake.input.models),
            network=next(iter(snakemake.input.network), None),
        ),
        Origin(**snakemake.params.origin),
        prefix=snakemake.input.bed.removesuffix(".bed"),
        tensors_path=snakemake.input.tensors,
        folder=os.path.dirname(snakemake.output[0]),
        formats=snakemake.params.formats,
    )
