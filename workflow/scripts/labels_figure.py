"""Draw the figure of classifiers with few labels."""

from genodiff.plots.few_labels import few_labels_figure
from genodiff.runtime.logs import job_log

with job_log(snakemake.log[0]):
    few_labels_figure(
        table_path=snakemake.input.table,
        layout_path=snakemake.input.layout,
        generators=snakemake.params.generators,
        classifiers=snakemake.params.classifiers,
        outputs=list(snakemake.output),
    )
