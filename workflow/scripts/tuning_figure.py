"""Draw the figure of trials."""

from genodiff.plots.tuning import tuning_figure
from genodiff.runtime.logs import job_log

with job_log(snakemake.log[0]):
    tuning_figure(
        table_path=snakemake.input[0],
        generators=snakemake.params.generators,
        outputs=list(snakemake.output),
    )
