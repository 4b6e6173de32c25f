"""Draw the figure of the errors of denoisers."""

from genodiff.plots.denoising import denoising_figure
from genodiff.runtime.logs import job_log

with job_log(snakemake.log[0]):
    denoising_figure(
        table_path=snakemake.input[0],
        generators=snakemake.params.generators,
        outputs=list(snakemake.output),
    )
