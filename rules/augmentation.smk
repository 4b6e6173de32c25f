# Synthetic individuals beside few real ones: generators that saw a share of the training individuals, and
# classifiers on that share with and without what these generators make. Off by default.


if PERCENTS:
    SHARE_NAME = "percent{percent}.seed{seed}"

    rule share_of_individuals:
        input:
            layout="<results>/tensors/layout.json",
            train="<results>/tensors/train.parquet",
        output:
            f"{SHARE}/train.parquet",
        log:
            f"<logs>/share_of_individuals/{SHARE_NAME}.log",
        conda:
            "../envs/evaluation.yaml"
        threads: 1
        resources:
            mem_mb=memory(2000),
            runtime=minutes(30),
        params:
            code=code_of("share_of_individuals.py"),
            # Not the percentage: a larger share of the same seed includes the smaller ones.
            seed=lambda wildcards: seed_of("share", wildcards.seed),
        message:
            "Taking {wildcards.percent}% of the training individuals, seed {wildcards.seed}"
        script:
            "../workflow/scripts/share_of_individuals.py"

    use rule train_backbone as train_backbone_on_share with:
        input:
            layout="<results>/tensors/layout.json",
            train=f"{SHARE}/train.parquet",
            validation="<results>/tensors/validation.parquet",
        output:
            weights=f"{SHARE}/{{backbone}}/model.safetensors",
            config=f"{SHARE}/{{backbone}}/config.json",
            history=f"{SHARE}/{{backbone}}/history.parquet",
        log:
            f"<logs>/train_backbone_on_share/{{backbone}}.{SHARE_NAME}.log",
        benchmark:
            f"<benchmarks>/train_backbone_on_share/{{backbone}}.{SHARE_NAME}.tsv"
        message:
            "Training {wildcards.backbone} on {wildcards.percent}%, seed {wildcards.seed}"

    use rule sample_individuals as sample_individuals_from_share with:
        input:
            layout="<results>/tensors/layout.json",
            labels="<results>/tensors/train.parquet",
            weights=f"{SHARE}/{{backbone}}/model.safetensors",
            config=f"{SHARE}/{{backbone}}/config.json",
        output:
            f"{SHARE}/{{backbone}}/individuals.parquet",
        log:
            f"<logs>/sample_individuals_from_share/{{backbone}}.{SHARE_NAME}.log",
        benchmark:
            f"<benchmarks>/sample_individuals_from_share/{{backbone}}.{SHARE_NAME}.tsv"
        message:
            "Sampling from {wildcards.backbone} on {wildcards.percent}%, seed {wildcards.seed}"

    use rule reference_individuals as reference_individuals_from_share with:
        input:
            layout="<results>/tensors/layout.json",
            train=f"{SHARE}/train.parquet",
            labels="<results>/tensors/train.parquet",
        output:
            f"{SHARE}/{{reference}}/individuals.parquet",
        log:
            f"<logs>/reference_individuals_from_share/{{reference}}.{SHARE_NAME}.log",
        benchmark:
            f"<benchmarks>/reference_individuals_from_share/{{reference}}.{SHARE_NAME}.tsv"
        message:
            "Drawing from {wildcards.reference} on {wildcards.percent}%, seed {wildcards.seed}"

    use rule classify as classify_share with:
        input:
            layout="<results>/tensors/layout.json",
            dataset=share_files,
            validation="<results>/tensors/validation.parquet",
            test="<results>/tensors/test.parquet",
        output:
            f"{SHARE}/{{arm}}.{{classifier}}.json",
        log:
            f"<logs>/classify_share/{{arm}}.{{classifier}}.{SHARE_NAME}.log",
        benchmark:
            f"<benchmarks>/classify_share/{{arm}}.{{classifier}}.{SHARE_NAME}.tsv"
        params:
            row_keys=lambda wildcards: {
                "dataset": f"{wildcards.arm} on {wildcards.percent}%",
                "arm": wildcards.arm,
                "share": float(wildcards.percent) / 100,
                "classifier": wildcards.classifier,
                "seed": int(wildcards.seed),
            },
        message:
            "Classifier {wildcards.classifier} on {wildcards.percent}% and {wildcards.arm}, seed {wildcards.seed}"

    rule augmentation_table:
        input:
            expand(
                f"{SHARE}/{{arm}}.{{classifier}}.json",
                percent=PERCENTS,
                seed=config["seeds"],
                arm=["real", *config["augmentation"]["generators"]],
                classifier=SHARE_CLASSIFIERS,
            ),
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
