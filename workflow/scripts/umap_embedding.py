"""Compute the UMAP coordinates of real and synthetic individuals for Figure 5."""

from genodiff.plots.umap_embedding import embed_individuals
from genodiff.runtime.logs import job_log

with job_log(snakemake.log[0]):
    embed_individuals(
        layout_path=snakemake.input.layout,
        train_path=snakemake.input.train,
        test_path=snakemake.input.test,
        datasets=dict(zip(snakemake.params.names, snakemake.input.datasets, strict=True)),
        output=snakemake.output[0],
        most=snakemake.params.most,
        seed=snakemake.params.seed,
    )
