"""Draw Figure 5, the UMAP of real and synthetic individuals."""

from genodiff.plots.figure5 import figure5
from genodiff.runtime.logs import job_log

with job_log(snakemake.log[0]):
    figure5(
        embedding_path=snakemake.input[0],
        generators=snakemake.params.generators,
        outputs=list(snakemake.output),
    )
