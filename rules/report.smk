# The report: one HTML file that opens offline.


rule report:
    input:
        **({"sizes": "<results>/size.tsv"} if PLAN.sizes() else {}),
        **({"fidelity": "<results>/fidelity.long.tsv"} if HAS_FIDELITY else {}),
        **({"denoising": "<results>/denoising.tsv"} if TRAINED else {}),
        **({"release_size": "<results>/release_size.tsv"} if PARTLY_RELEASED else {}),
        **(
            {
                "splits": "<results>/splits.tsv",
                "split_differences": "<results>/splits.differences.tsv",
            }
            if config["splits"] > 1
            else {}
        ),
        table1="<results>/table1.long.tsv",
        differences="<results>/table1.differences.tsv",
        table2="<results>/table2.long.tsv",
        table3="<results>/table3.long.tsv",
        privacy="<results>/privacy.tsv",
        figures=expand(
            "<results>/figures/{name}.{form}", name=FIGURES, form=["svg", "png"]
        ),
        layout="<results>/tensors/layout.json",
        split="<results>/split.tsv",
        quality="<results>/genotypes/qc.tsv",
        inputs="<results>/genotypes/inputs.json",
        relatives="<results>/genotypes/relatives.json",
        decoding="<results>/decoding.tsv",
        models=expand("<results>/pca/{chrom}.models.parquet", chrom=CHROMOSOMES),
    output:
        report(
            "<results>/report.html",
            caption="../workflow/report/report.rst",
            category="Report",
        ),
    log:
        "<logs>/report.log",
    localrule: True
    conda:
        "../envs/report.yaml"
    params:
        code=code_of("report.py"),
        config=dict(config),
        # The form that decides comes first.
        generators={
            form: PLAN.shown(form=form)
            for form in sorted(PLAN.forms, key=lambda form: form != PLAN.headline)
        },
        classifiers={name: CLASSIFIERS[name].title for name in config["classifiers"]},
        commit=commit(),
        logs=lambda wildcards, output: f"{os.path.dirname(output[0])}/logs",
        benchmarks=lambda wildcards, output: f"{os.path.dirname(output[0])}/benchmarks",
    message:
        "Report"
    script:
        "../workflow/scripts/report.py"
