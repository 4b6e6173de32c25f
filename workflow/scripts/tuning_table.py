"""Write the table of all trials, and the configuration of the chosen ones."""

from genodiff.formats.results import read_results
from genodiff.runtime.logs import job_log
from genodiff.tuning.collect import collect

with job_log(snakemake.log[0]):
    collect(
        results=read_results(snakemake.input),
        entries=snakemake.params.entries,
        own=snakemake.params.own,
        table=snakemake.output.table,
        best=snakemake.output.best,
    )
