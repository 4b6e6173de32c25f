"""Write the tables of genetic fidelity."""

from genodiff.formats.results import read_results
from genodiff.runtime.logs import job_log
from genodiff.tables.fidelity import write_fidelity

with job_log(snakemake.log[0]):
    write_fidelity(
        read_results(snakemake.input),
        snakemake.output.wide,
        snakemake.output.long,
        snakemake.params.datasets,
    )
