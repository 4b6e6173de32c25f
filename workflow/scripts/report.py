"""Write the report, one HTML file."""

from genodiff.report.content import Sources
from genodiff.report.report_job import report_job
from genodiff.runtime.logs import job_log

with job_log(snakemake.log[0]):
    report_job(
        # Every input of the rule, so that none can be missing here.
        Sources(
            **dict(snakemake.input.items()),
            logs=snakemake.params.logs,
            benchmarks=snakemake.params.benchmarks,
        ),
        output=snakemake.output[0],
        config=snakemake.params.config,
        generators=snakemake.params.generators,
        classifiers=snakemake.params.classifiers,
        commit=snakemake.params.commit,
    )
