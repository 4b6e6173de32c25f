# Reference generators: datasets like any other, from simple models of the training people.


rule reference_people:
    input:
        layout="<results>/tensors/layout.json",
        train="<results>/tensors/train.parquet",
        labels="<results>/tensors/train.parquet",
    output:
        "<results>/synthetic/{reference}/seed{seed}.parquet",
    log:
        "<logs>/reference_people/{reference}.seed{seed}.log",
    benchmark:
        "<benchmarks>/reference_people/{reference}.seed{seed}.tsv"
    conda:
        "../envs/evaluation.yaml"
    threads: 1
    resources:
        mem_mb=reference_memory,
        runtime=minutes(60),
    params:
        code=lambda wildcards: code_of(
            "reference_people.py", REFERENCES[wildcards.reference].module
        ),
        settings=lambda wildcards: config["reference_settings"][wildcards.reference],
        amount=synthetic_amount(),
        seed=lambda wildcards: seed_of("reference", wildcards.reference, wildcards.seed),
    message:
        "Drawing people from reference {wildcards.reference}, seed {wildcards.seed}"
    script:
        "../workflow/scripts/reference_people.py"
