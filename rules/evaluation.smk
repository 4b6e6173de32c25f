# Every dataset, real and synthetic, crossed with every classifier; then Table 1.


rule classify:
    input:
        layout="<results>/tensors/layout.json",
        dataset=dataset_file,
        validation="<results>/tensors/validation.parquet",
        test="<results>/tensors/test.parquet",
    output:
        "<results>/evaluation/{dataset}/{classifier}.seed{seed}.json",
    log:
        "<logs>/classify/{dataset}.{classifier}.seed{seed}.log",
    benchmark:
        "<benchmarks>/classify/{dataset}.{classifier}.seed{seed}.tsv"
    conda:
        "../envs/torch.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, input: 2000 + 3 * int(input.size_mb),
        runtime=24 * 60,
    params:
        code=lambda wildcards: code_of(
            "classify.py", CLASSIFIERS[wildcards.classifier].module
        ),
        settings=lambda wildcards: config["classifier_settings"][wildcards.classifier],
        training=config["classifier_training"],
        # Not the dataset's name: the same first weights and batches for every dataset.
        seed=lambda wildcards: seed_of("classify", wildcards.classifier, wildcards.seed),
        device=config["device"],
    message:
        "Classifier {wildcards.classifier} on {wildcards.dataset}, seed {wildcards.seed}"
    script:
        "../workflow/scripts/classify.py"


localrules:
    table1,


rule table1:
    input:
        expand(
            "<results>/evaluation/{dataset}/{classifier}.seed{seed}.json",
            dataset=DATASETS,
            classifier=config["classifiers"],
            seed=config["seeds"],
        ),
    output:
        wide="<results>/table1.tsv",
        long="<results>/table1.long.tsv",
    log:
        "<logs>/table1.log",
    conda:
        "../envs/torch.yaml"
    params:
        code=code_of("table1.py"),
        datasets=DATASETS,
        classifiers={name: CLASSIFIERS[name].title for name in config["classifiers"]},
    message:
        "Table 1"
    script:
        "../workflow/scripts/table1.py"
