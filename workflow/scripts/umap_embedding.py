"""Where UMAP puts real and synthetic individuals, for figure 5."""

from genodiff.plots.umap_embedding import embed_individuals
from genodiff.runtime.logs import job_log

with job_log(snakemake.log[0]):
    embed_individuals(
        snakemake.input.layout,
        snakemake.input.train,
        snakemake.input.test,
        dict(zip(snakemake.params.names, snakemake.input.datasets, strict=True)),
        snakemake.output[0],
        snakemake.params.most,
        snakemake.params.seed,
    )
