# Reference generators: datasets like any other, from simple models of the training individuals.


rule reference_individuals:
    input:
        layout="<results>/tensors/layout.json",
        train="<results>/tensors/train.parquet",
        labels="<results>/tensors/train.parquet",
    output:
        "<results>/synthetic/{reference}/seed{seed}.parquet",
    log:
        "<logs>/reference_individuals/{reference}.seed{seed}.log",
    benchmark:
        "<benchmarks>/reference_individuals/{reference}.seed{seed}.tsv"
    conda:
        "../envs/evaluation.yaml"
    threads: 1
    resources:
        mem_mb=reference_memory,
        runtime=minutes(60),
    params:
        code=lambda wildcards: code_of(
            "reference_individuals.py", REFERENCES[wildcards.reference].module
        ),
        settings=lambda wildcards: config["reference_settings"][wildcards.reference],
        amount=synthetic_amount(),
        seed=lambda wildcards: seed_of("reference", wildcards.reference, wildcards.seed),
    message:
        "Drawing individuals from reference {wildcards.reference}, seed {wildcards.seed}"
    script:
        "../workflow/scripts/reference_individuals.py"
