"""Draw the figures of genetic fidelity."""

from genodiff.plots.fidelity import fidelity_figures
from genodiff.runtime.logs import job_log

with job_log(snakemake.log[0]):
    fidelity_figures(
        results=list(snakemake.input),
        generators=snakemake.params.generators,
        real_individuals=snakemake.params.real_individuals,
        outputs=list(snakemake.output),
    )
