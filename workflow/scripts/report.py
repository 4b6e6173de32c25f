"""Write the report, one HTML file."""

from genodiff.report.content import Sources
from genodiff.report.report_job import report_job
from genodiff.runtime.logs import job_log

with job_log(snakemake.log[0]):
    report_job(
        Sources(
            **{name: snakemake.input.get(name) for name in ("table1", "table2", "table3", "privacy")},
            sizes=snakemake.input.get("sizes"),
            fidelity=snakemake.input.get("fidelity"),
            figures=snakemake.input.figures,
            layout=snakemake.input.layout,
            split=snakemake.input.split,
            quality=snakemake.input.quality,
            inputs=snakemake.input.inputs,
            relatives=snakemake.input.relatives,
            decoding=snakemake.input.decoding,
            models=snakemake.input.models,
            logs=snakemake.params.logs,
            benchmarks=snakemake.params.benchmarks,
        ),
        output=snakemake.output[0],
        config=snakemake.params.config,
        generators=snakemake.params.generators,
        classifiers=snakemake.params.classifiers,
        commit=snakemake.params.commit,
    )
