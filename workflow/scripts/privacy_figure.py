"""Draw the figure of usefulness against the success of membership attacks."""

from genodiff.plots.privacy import privacy_figure
from genodiff.runtime.logs import job_log

with job_log(snakemake.log[0]):
    privacy_figure(
        attack_path=snakemake.input.attack,
        table1_path=snakemake.input.table1,
        table3_path=snakemake.input.table3,
        layout_path=snakemake.input.layout,
        generators=snakemake.params.generators,
        outputs=list(snakemake.output),
    )
