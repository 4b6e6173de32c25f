"""Draw the figure of attacks on parts of what is released."""

from genodiff.plots.release_sizes import release_size_figure
from genodiff.runtime.logs import job_log

with job_log(snakemake.log[0]):
    release_size_figure(
        table_path=snakemake.input[0],
        titles=snakemake.params.titles,
        outputs=list(snakemake.output),
    )
