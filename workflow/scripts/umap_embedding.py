"""Where UMAP puts real and synthetic people, for figure 5."""

from genodiff.logs import job_log
from genodiff.plots.umap_embedding import embed_people

with job_log(snakemake.log[0]):
    embed_people(
        snakemake.input.layout,
        snakemake.input.train,
        snakemake.input.test,
        dict(zip(snakemake.params.names, snakemake.input.datasets, strict=True)),
        snakemake.output[0],
        snakemake.params.most,
        snakemake.params.seed,
    )
