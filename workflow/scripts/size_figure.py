"""Draw the figure of accuracy against the size of the synthetic cohort."""

from genodiff.plots.sizes import size_figure
from genodiff.runtime.logs import job_log

with job_log(snakemake.log[0]):
    size_figure(
        table_path=snakemake.input.table,
        layout_path=snakemake.input.layout,
        generators=snakemake.params.generators,
        outputs=list(snakemake.output),
    )
