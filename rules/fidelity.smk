# Genetic fidelity: how genotypes of synthetic individuals differ from those of training individuals, beside the null,
# in which test individuals replace the synthetic ones.


rule fidelity:
    input:
        unpack(decoded_files),
        matrices=expand("<results>/genotypes/{chrom}.parquet", chrom=CHROMOSOMES),
        models=expand("<results>/pca/{chrom}.models.parquet", chrom=CHROMOSOMES),
        split="<results>/split.tsv",
    output:
        "<results>/evaluation/{dataset}/fidelity.seed{seed}.json",
    log:
        "<logs>/fidelity/{dataset}.seed{seed}.log",
    benchmark:
        "<benchmarks>/fidelity/{dataset}.seed{seed}.tsv"
    wildcard_constraints:
        dataset=any_of(FIDELITY_TITLES),
    conda:
        "../envs/genotypes.yaml"
    threads: 1
    resources:
        mem_mb=memory(config["fidelity"]["memory_mb"]),
        runtime=minutes(60, 20),
    params:
        code=code_of("fidelity.py", *(entry.reference for entry in FIDELITY.values())),
        row=lambda wildcards: {
            "dataset": wildcards.dataset,
            "seed": int(wildcards.seed),
        },
        # Those that change the result.
        settings={k: v for k, v in config["fidelity"].items() if k != "memory_mb"},
        control=config["cohort"].get("control_label"),
        # Without the dataset's name: every dataset is compared with the same real individuals.
        seed=lambda wildcards: seed_of("fidelity", wildcards.seed),
    message:
        "Genetic fidelity of {wildcards.dataset}, seed {wildcards.seed}"
    script:
        "../workflow/scripts/fidelity.py"


rule fidelity_table:
    input:
        fidelity_results(config["seeds"]),
    output:
        wide=report(
            "<results>/fidelity.tsv",
            caption="../workflow/report/fidelity.rst",
            category="Tables",
            labels={"table": "Genetic fidelity"},
        ),
        long="<results>/fidelity.long.tsv",
    log:
        "<logs>/fidelity_table.log",
    localrule: True
    conda:
        "../envs/evaluation.yaml"
    params:
        code=code_of("fidelity_table.py"),
        datasets=FIDELITY_TITLES,
    message:
        "Table of genetic fidelity"
    script:
        "../workflow/scripts/fidelity_table.py"


rule fidelity_figures:
    input:
        fidelity_results(config["seeds"][:1]),
    output:
        svg=report(
            expand("<results>/figures/{name}.svg", name=FIDELITY_FIGURES),
            caption="../workflow/report/fidelity_figure.rst",
            category="Figures",
        ),
        png=expand("<results>/figures/{name}.png", name=FIDELITY_FIGURES),
    log:
        "<logs>/fidelity_figures.log",
    localrule: True
    conda:
        "../envs/evaluation.yaml"
    params:
        code=code_of("fidelity_figures.py"),
        generators=PLAN.shown(form=keys.GENOTYPES),
        real_individuals=config["report"]["real_individuals"],
    message:
        "Figures of genetic fidelity"
    script:
        "../workflow/scripts/fidelity_figures.py"
