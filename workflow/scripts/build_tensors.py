"""One padded, standardised tensor per individual: layout.json, train, validation and test Parquet."""

from genodiff.features.tensors import FILES, write_tensors
from genodiff.runtime.logs import job_log

with job_log(snakemake.log[0]):
    write_tensors(
        list(snakemake.input.models),
        list(snakemake.input.scores),
        snakemake.input.split,
        snakemake.output.layout,
        {name: snakemake.output[name] for name in FILES},
        snakemake.params.pad_genes_to,
        snakemake.params.components,
        snakemake.params.memory_mb,
    )
