"""Draw the figure of classifiers on a share of the real individuals, with and without synthetic ones."""

from genodiff.plots.augmentation import augmentation_figure
from genodiff.runtime.logs import job_log

with job_log(snakemake.log[0]):
    augmentation_figure(
        table_path=snakemake.input.table,
        layout_path=snakemake.input.layout,
        generators=snakemake.params.generators,
        classifiers=snakemake.params.classifiers,
        outputs=list(snakemake.output),
    )
