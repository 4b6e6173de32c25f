# Train every classifier on every dataset; compare every dataset with the real individuals.


rule classify:
    input:
        layout="<results>/tensors/layout.json",
        dataset=lambda wildcards: individuals_files(wildcards.dataset, wildcards.seed),
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
        mem_mb=classifier_memory,
        runtime=classifier_minutes,
        gpu=min(1, GPUS),
    params:
        code=lambda wildcards: code_of(
            "classify.py", CLASSIFIERS[wildcards.classifier].reference
        ),
        states=lambda wildcards: states(
            individuals_files(wildcards.dataset, wildcards.seed)
        ),
        row=lambda wildcards: {
            **keys.describe(wildcards.dataset),
            "classifier": wildcards.classifier,
            "seed": int(wildcards.seed),
        },
        settings=lambda wildcards: config["classifier_settings"][wildcards.classifier],
        training=config["classifier_training"],
        # Without the dataset's name: every dataset gets the same initial weights and batches.
        seed=lambda wildcards: seed_of("classify", wildcards.classifier, wildcards.seed),
    message:
        "Classifier {wildcards.classifier} on {wildcards.dataset}, seed {wildcards.seed}"
    script:
        "../workflow/scripts/classify.py"


if BATCHES:

    rule batch_baseline:
        input:
            "<results>/split.tsv",
        output:
            "<results>/evaluation/batch_baseline.json",
        log:
            "<logs>/batch_baseline.log",
        localrule: True
        conda:
            "../envs/evaluation.yaml"
        params:
            code=code_of("batch_baseline.py"),
        message:
            "Prediction of the class from the batch alone"
        script:
            "../workflow/scripts/batch_baseline.py"


# The dataset `null` compares training with test individuals; where the comparison needs individuals to which no
# generator was fitted, validation individuals replace the synthetic ones.
rule compare_individuals:
    input:
        unpack(attack_files),
        layout="<results>/tensors/layout.json",
        train="<results>/tensors/train.parquet",
        test="<results>/tensors/test.parquet",
        dataset=lambda wildcards: individuals_files(wildcards.dataset, wildcards.seed),
        reference=reference_files,
    output:
        "<results>/evaluation/{dataset}/{metric}.seed{seed}.json",
    log:
        "<logs>/compare_individuals/{dataset}.{metric}.seed{seed}.log",
    benchmark:
        "<benchmarks>/compare_individuals/{dataset}.{metric}.seed{seed}.tsv"
    conda:
        "../envs/torch.yaml"
    threads: 1
    resources:
        mem_mb=comparison_memory,
        runtime=comparison_minutes,
        gpu=min(1, GPUS),
    params:
        code=lambda wildcards: code_of(
            "compare_individuals.py",
            METRICS[wildcards.metric].reference,
            *(
                ATTACKS[name].reference
                for name in ATTACKS
                if wildcards.metric in ATTACKING
            ),
            *attacked_modules(wildcards),
        ),
        states=lambda wildcards: states(
            individuals_files(wildcards.dataset, wildcards.seed)
            + reference_files(wildcards)
        ),
        row=lambda wildcards: {
            "dataset": wildcards.dataset,
            "seed": int(wildcards.seed),
        },
        null=lambda wildcards: wildcards.dataset == keys.NULL,
        outside=config["privacy"]["reference"] is not None,
        # Those that change the result: the positive controls of attacks belong to the null.
        settings=lambda wildcards: {
            key: value
            for key, value in {
                **config["comparison"],
                "attack_repeats": config["privacy"]["repeats"],
                "attack_members": config["privacy"]["members"],
                "snps": config["fidelity"]["snps"],
            }.items()
            if key != "memory_mb"
            and (not key.startswith("attack_") or wildcards.metric in ATTACKING)
            and (key != "snps" or has_dosages(wildcards))
            and (key != "planted_share" or wildcards.dataset == keys.NULL)
        },
        # Without the dataset's name: every dataset and metric gets the same subsets of real individuals.
        seed=lambda wildcards: seed_of("compare", wildcards.seed),
    message:
        "Metric {wildcards.metric} of {wildcards.dataset}, seed {wildcards.seed}"
    script:
        "../workflow/scripts/compare_individuals.py"


if TRAINED:

    rule denoising:
        input:
            layout="<results>/tensors/layout.json",
            train="<results>/tensors/train.parquet",
            validation="<results>/tensors/validation.parquet",
            weights="<results>/models/{generator}/seed{seed}/model.safetensors",
            network="<results>/models/{generator}/seed{seed}/config.json",
        output:
            "<results>/models/{generator}/seed{seed}/denoising.json",
        log:
            "<logs>/denoising/{generator}.seed{seed}.log",
        benchmark:
            "<benchmarks>/denoising/{generator}.seed{seed}.tsv"
        wildcard_constraints:
            generator=any_of(TRAINED),
        conda:
            "../envs/torch.yaml"
        threads: 1
        resources:
            mem_mb=denoising_memory,
            runtime=denoising_minutes,
            gpu=min(1, GPUS),
        params:
            code=lambda wildcards: code_of(
                "denoising.py", *PLAN.modules(wildcards.generator)
            ),
            row=lambda wildcards: {
                "denoiser": wildcards.generator,
                "seed": int(wildcards.seed),
            },
            # Every denoiser gets the same individuals and noise.
            seed=seed_of("denoising"),
        message:
            "Errors of the network {wildcards.generator}, seed {wildcards.seed}"
        script:
            "../workflow/scripts/denoising.py"

    rule analytic_denoising:
        input:
            layout="<results>/tensors/layout.json",
            train="<results>/tensors/train.parquet",
            validation="<results>/tensors/validation.parquet",
        output:
            "<results>/models/analytic.denoising.json",
        log:
            "<logs>/analytic_denoising.log",
        benchmark:
            "<benchmarks>/analytic_denoising.tsv"
        conda:
            "../envs/torch.yaml"
        threads: 1
        resources:
            mem_mb=denoising_memory,
            runtime=minutes(60, 60),
        params:
            code=code_of(
                "denoising.py", *(entry.reference for entry in ANALYTIC.values())
            ),
            row={"seed": None},
            seed=seed_of("denoising"),
        message:
            "Errors of denoisers that need no training"
        script:
            "../workflow/scripts/denoising.py"


if PARTLY_RELEASED:

    # Parts of the individuals that leave the house; the attack is chosen on those that are evaluated.
    rule attack_parts:
        input:
            layout="<results>/tensors/layout.json",
            train="<results>/tensors/train.parquet",
            test="<results>/tensors/test.parquet",
            null="<results>/tensors/validation.parquet",
            dataset=lambda wildcards: released_files(wildcards)["tensors"],
            privacy=privacy_of_release,
            reference=own_references,
        output:
            "<results>/evaluation/{generator}/release_size.seed{seed}.json",
        log:
            "<logs>/attack_parts/{generator}.seed{seed}.log",
        benchmark:
            "<benchmarks>/attack_parts/{generator}.seed{seed}.tsv"
        wildcard_constraints:
            generator=any_of(PARTLY_RELEASED),
        conda:
            "../envs/torch.yaml"
        threads: 1
        resources:
            mem_mb=memory(process_mb(min(1, GPUS)) + config["comparison"]["memory_mb"]),
            runtime=minutes(60, 120),
            gpu=min(1, GPUS),
        params:
            code=code_of(
                "attack_parts.py", *(entry.reference for entry in ATTACKS.values())
            ),
            states=lambda wildcards: states(own_references(wildcards)),
            row=lambda wildcards: {
                "dataset": PLAN.released_key(wildcards.generator),
                "seed": int(wildcards.seed),
            },
            shares=config["privacy"]["release_size"],
            repeats=config["privacy"]["repeats"],
            members=config["privacy"]["members"],
            # The same choices of members as on the whole cohort.
            seed=lambda wildcards: seed_of("compare", wildcards.seed),
        message:
            "Attacks on parts of {wildcards.generator}, seed {wildcards.seed}"
        script:
            "../workflow/scripts/attack_parts.py"
