# The tables: one row of numbers for each result of the evaluation jobs.
COMPARED = metric_results("neighbours")


rule table1:
    input:
        classified=evaluations(PLAN.titles(), config["classifiers"]),
        batch=["<results>/evaluation/batch_baseline.json"] if BATCHES else [],
    output:
        wide=report(
            "<results>/table1.tsv",
            caption="../workflow/report/table1.rst",
            category="Tables",
            labels={"table": "Table 1"},
        ),
        long="<results>/table1.long.tsv",
        differences="<results>/table1.differences.tsv",
    log:
        "<logs>/table1.log",
    localrule: True
    conda:
        "../envs/evaluation.yaml"
    params:
        code=code_of("table1.py"),
        datasets=PLAN.titles(),
        classifiers={name: CLASSIFIERS[name].title for name in config["classifiers"]},
    message:
        "Table 1"
    script:
        "../workflow/scripts/table1.py"


rule table2:
    input:
        COMPARED,
    output:
        wide=report(
            "<results>/table2.tsv",
            caption="../workflow/report/table2.rst",
            category="Tables",
            labels={"table": "Table 2"},
        ),
        long="<results>/table2.long.tsv",
    log:
        "<logs>/table2.log",
    localrule: True
    conda:
        "../envs/evaluation.yaml"
    params:
        code=code_of("table2.py"),
        datasets=PLAN.compared_titles(),
        # For the caption.
        nearest=config["comparison"]["nearest"],
    message:
        "Table 2"
    script:
        "../workflow/scripts/table2.py"


rule table3:
    input:
        COMPARED,
    output:
        wide=report(
            "<results>/table3.tsv",
            caption="../workflow/report/table3.rst",
            category="Tables",
            labels={"table": "Table 3"},
        ),
        long="<results>/table3.long.tsv",
    log:
        "<logs>/table3.log",
    localrule: True
    conda:
        "../envs/evaluation.yaml"
    params:
        code=code_of("table3.py"),
        datasets=PLAN.compared_titles(),
    message:
        "Table 3"
    script:
        "../workflow/scripts/table3.py"


rule metric_table:
    input:
        lambda wildcards: metric_results(wildcards.metric),
    output:
        report(
            "<results>/{metric}.tsv",
            caption="../workflow/report/metric.rst",
            category="Tables",
            labels=lambda wildcards: {"table": METRICS[wildcards.metric].title},
        ),
    log:
        "<logs>/metric_table/{metric}.log",
    wildcard_constraints:
        metric=any_of(METRIC_TABLES),
    localrule: True
    conda:
        "../envs/evaluation.yaml"
    params:
        code=code_of("metric_table.py"),
        title=lambda wildcards: METRICS[wildcards.metric].title,
    message:
        "Table of the metric {wildcards.metric}"
    script:
        "../workflow/scripts/metric_table.py"


if PARTLY_RELEASED:

    rule release_size_table:
        input:
            expand(
                "<results>/evaluation/{generator}/release_size.seed{seed}.json",
                generator=PARTLY_RELEASED,
                seed=config["seeds"],
            ),
        output:
            report(
                "<results>/release_size.tsv",
                caption="../workflow/report/release_size.rst",
                category="Tables",
                labels={"table": "Release size"},
            ),
        log:
            "<logs>/release_size_table.log",
        localrule: True
        conda:
            "../envs/evaluation.yaml"
        params:
            code=code_of("metric_table.py"),
        message:
            "Table of attacks on parts of what is released"
        script:
            "../workflow/scripts/metric_table.py"


if PLAN.sizes():

    rule size_table:
        input:
            evaluations(PLAN.size_keys(), SIZE_CLASSIFIERS),
        output:
            report(
                "<results>/size.tsv",
                caption="../workflow/report/size.rst",
                category="Tables",
                labels={"table": "Size"},
            ),
        log:
            "<logs>/size_table.log",
        localrule: True
        conda:
            "../envs/evaluation.yaml"
        params:
            code=code_of("size_table.py"),
            datasets=[keys.REAL, *PLAN.run],
        message:
            "Table of accuracy against the size of the synthetic cohort"
        script:
            "../workflow/scripts/size_table.py"


if PLAN.percents:

    rule augmentation_table:
        input:
            evaluations(PLAN.augmentation_keys(), SHARE_CLASSIFIERS),
        output:
            report(
                "<results>/augmentation.tsv",
                caption="../workflow/report/augmentation.rst",
                category="Tables",
                labels={"table": "Augmentation"},
            ),
        log:
            "<logs>/augmentation_table.log",
        localrule: True
        conda:
            "../envs/evaluation.yaml"
        params:
            code=code_of("augmentation_table.py"),
        message:
            "Table of the augmentation experiment"
        script:
            "../workflow/scripts/augmentation_table.py"


if PLAN.labelled:

    rule labels_table:
        input:
            evaluations(PLAN.label_keys(), LABEL_CLASSIFIERS),
        output:
            table=report(
                "<results>/labels.tsv",
                caption="../workflow/report/labels.rst",
                category="Tables",
                labels={"table": "Few labels"},
            ),
            differences="<results>/labels.differences.tsv",
        log:
            "<logs>/labels_table.log",
        localrule: True
        conda:
            "../envs/evaluation.yaml"
        params:
            code=code_of("labels_table.py"),
        message:
            "Table of classifiers with few labels"
        script:
            "../workflow/scripts/labels_table.py"


if TRAINED:

    rule denoising_table:
        input:
            expand(
                "<results>/models/{generator}/seed{seed}/denoising.json",
                generator=TRAINED,
                seed=config["seeds"],
            ),
            "<results>/models/analytic.denoising.json",
        output:
            report(
                "<results>/denoising.tsv",
                caption="../workflow/report/denoising.rst",
                category="Tables",
                labels={"table": "Errors of denoisers"},
            ),
        log:
            "<logs>/denoising_table.log",
        localrule: True
        conda:
            "../envs/evaluation.yaml"
        params:
            code=code_of("denoising_table.py"),
        message:
            "Table of the errors of denoisers"
        script:
            "../workflow/scripts/denoising_table.py"


rule decoding_table:
    input:
        expand("<results>/pca/{chrom}.decoding.tsv", chrom=CHROMOSOMES),
    output:
        report(
            "<results>/decoding.tsv",
            caption="../workflow/report/decoding.rst",
            category="Cohort",
        ),
    log:
        "<logs>/decoding_table.log",
    localrule: True
    conda:
        "../envs/genotypes.yaml"
    params:
        code=code_of("decoding_table.py"),
        chosen=DECODER,
    message:
        "Round trip of real individuals through the components"
    script:
        "../workflow/scripts/decoding_table.py"
