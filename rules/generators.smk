# Fit a generator to all training individuals or a share of them, draw synthetic individuals from it, and decode them.
# Wildcards: {share} is empty, .p10 (fitted on 10%) or .l10 (10% have labels); {amount} is empty, .x5 (five training sets' size) or .release
# (as the settings of a release say); {folder} is synthetic, or references for generators that others are compared
# with.


# Files that all trainings map into memory. Not temporary: for one more training Snakemake would make a removed
# file again, and then repeat all other trainings, since their input has changed.
rule unpack_tensors:
    input:
        layout="<results>/tensors/layout.json",
        individuals="<results>/tensors/{set}.parquet",
    output:
        "<results>/tensors/{set}.npy",
    log:
        "<logs>/unpack_tensors/{set}.log",
    wildcard_constraints:
        set=f"validation|train({keys.SHARE[:-1]}\\.seed\\d+)?",
    conda:
        "../envs/torch.yaml"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=minutes(15, 20),
    params:
        code=code_of("unpack_tensors.py"),
    message:
        "Unpacking the {wildcards.set} individuals for trainings"
    script:
        "../workflow/scripts/unpack_tensors.py"


rule train_diffusion:
    input:
        layout="<results>/tensors/layout.json",
        train=training_file,
        train_x=lambda wildcards: Path(training_file(wildcards)).with_suffix(".npy"),
        validation="<results>/tensors/validation.parquet",
        validation_x="<results>/tensors/validation.npy",
    output:
        weights="<results>/models/{generator}{share}/seed{seed}/model.safetensors",
        config="<results>/models/{generator}{share}/seed{seed}/config.json",
        history="<results>/models/{generator}{share}/seed{seed}/history.parquet",
    log:
        "<logs>/train_diffusion/{generator}{share}.seed{seed}.log",
    benchmark:
        "<benchmarks>/train_diffusion/{generator}{share}.seed{seed}.tsv"
    wildcard_constraints:
        generator=any_of(PLAN.trained()),
    # The longest jobs start first.
    priority: 10
    conda:
        "../envs/torch.yaml"
    threads: 1
    resources:
        mem_mb=training_memory,
        runtime=training_minutes,
        gpu=GPUS,
        # All GPUs of a job are on one node.
        nodes=1,
    params:
        code=lambda wildcards: code_of(
            "train_diffusion.py", *PLAN.modules(wildcards.generator)
        ),
        settings=lambda wildcards: PLAN.settings(wildcards.generator),
        seed=lambda wildcards: seed_of("train", wildcards.generator, wildcards.seed),
    message:
        "Training {wildcards.generator}{wildcards.share}, seed {wildcards.seed}"
    script:
        "../workflow/scripts/train_diffusion.py"


rule fit_generator:
    input:
        layout="<results>/tensors/layout.json",
        train=training_file,
        panel=panel_individuals,
    output:
        weights="<results>/models/{generator}{share}/seed{seed}/model.safetensors",
        config="<results>/models/{generator}{share}/seed{seed}/config.json",
    log:
        "<logs>/fit_generator/{generator}{share}.seed{seed}.log",
    benchmark:
        "<benchmarks>/fit_generator/{generator}{share}.seed{seed}.tsv"
    wildcard_constraints:
        generator=any_of(PLAN.fitted()),
    conda:
        "../envs/torch.yaml"
    threads: 1
    resources:
        mem_mb=fitting_memory,
        runtime=fitting_minutes,
    params:
        code=lambda wildcards: code_of(
            "fit_generator.py", *PLAN.modules(wildcards.generator)
        ),
        kind=lambda wildcards: PLAN.entries[wildcards.generator]["kind"],
        settings=lambda wildcards: PLAN.settings(wildcards.generator),
    message:
        "Fitting {wildcards.generator}{wildcards.share}, seed {wildcards.seed}"
    script:
        "../workflow/scripts/fit_generator.py"


rule draw:
    input:
        layout="<results>/tensors/layout.json",
        labels="<results>/tensors/train.parquet",
        weights="<results>/models/{generator}{share}/seed{seed}/model.safetensors",
        config="<results>/models/{generator}{share}/seed{seed}/config.json",
    output:
        kept("<results>/{folder}/{generator}{share}{amount}/seed{seed}.parquet"),
    log:
        "<logs>/draw/{folder}.{generator}{share}{amount}.seed{seed}.log",
    benchmark:
        "<benchmarks>/draw/{folder}.{generator}{share}{amount}.seed{seed}.tsv"
    # Individuals whose files are removed after use are evaluated before others are drawn.
    priority: 5 if config["synthetic"]["keep"] else -2
    conda:
        "../envs/torch.yaml"
    threads: 1
    resources:
        mem_mb=drawing_memory,
        runtime=drawing_minutes,
        gpu=lambda wildcards: GPUS * PLAN.has_network(wildcards.generator),
        nodes=1,
    params:
        code=lambda wildcards: code_of(
            "draw.py", *PLAN.modules(wildcards.generator, drawing=True)
        ),
        size=lambda wildcards: PLAN.size(dataset_of(wildcards)),
        label_mix_setting=lambda wildcards: PLAN.label_mix_setting(
            dataset_of(wildcards)
        ),
        overrides=lambda wildcards: PLAN.sampling(wildcards.generator),
        seed=lambda wildcards: seed_of(
            "draw", str(dataset_of(wildcards)), wildcards.seed
        ),
    message:
        "Drawing individuals from {wildcards.generator}{wildcards.share}{wildcards.amount}, seed {wildcards.seed}"
    script:
        "../workflow/scripts/draw.py"


rule decode_individuals:
    input:
        layout="<results>/tensors/layout.json",
        models=expand("<results>/pca/{chrom}.models.parquet", chrom=CHROMOSOMES),
        decoders=expand("<results>/pca/{chrom}.decoder.parquet", chrom=CHROMOSOMES),
        individuals=lambda wildcards: dataset_file(
            dataset_of(wildcards), wildcards.seed
        ),
    output:
        tensors=kept(
            "<results>/{folder}/{generator}{share}{amount}.genotypes/seed{seed}.parquet"
        ),
        bed="<results>/{folder}/{generator}{share}{amount}.genotypes/seed{seed}.bed",
        bim="<results>/{folder}/{generator}{share}{amount}.genotypes/seed{seed}.bim",
        fam="<results>/{folder}/{generator}{share}{amount}.genotypes/seed{seed}.fam",
    log:
        "<logs>/decode_individuals/{folder}.{generator}{share}{amount}.seed{seed}.log",
    benchmark:
        "<benchmarks>/decode_individuals/{folder}.{generator}{share}{amount}.seed{seed}.tsv"
    priority: 0 if config["synthetic"]["keep"] else -1
    conda:
        "../envs/genotypes.yaml"
    threads: 1
    resources:
        mem_mb=memory(config["features"]["memory_mb"]),
        runtime=minutes(60, 20),
    params:
        code=code_of("decode_individuals.py", DECODERS[DECODER].reference),
        states=lambda wildcards: states(
            [dataset_file(dataset_of(wildcards), wildcards.seed)]
        ),
        seed=lambda wildcards: seed_of(
            "decode", str(dataset_of(wildcards)), wildcards.seed
        ),
    message:
        "Decoding {wildcards.generator}{wildcards.share}{wildcards.amount} to genotypes, seed {wildcards.seed}"
    script:
        "../workflow/scripts/decode_individuals.py"


rule share_of_individuals:
    input:
        layout="<results>/tensors/layout.json",
        train="<results>/tensors/train.parquet",
    output:
        "<results>/tensors/train.p{percent}.seed{seed}.parquet",
    log:
        "<logs>/share_of_individuals/p{percent}.seed{seed}.log",
    wildcard_constraints:
        percent=r"\d+(\.\d+)?",
    conda:
        "../envs/evaluation.yaml"
    threads: 1
    resources:
        mem_mb=memory(2000),
        runtime=minutes(30),
    params:
        code=code_of("share_of_individuals.py"),
        # Without the percentage: a larger share of the same seed includes the smaller ones.
        seed=lambda wildcards: seed_of("share", wildcards.seed),
    message:
        "Taking {wildcards.percent}% of the training individuals, seed {wildcards.seed}"
    script:
        "../workflow/scripts/share_of_individuals.py"


rule hide_labels:
    input:
        layout="<results>/tensors/layout.json",
        train="<results>/tensors/train.parquet",
    output:
        "<results>/tensors/train.l{percent}.seed{seed}.parquet",
    log:
        "<logs>/hide_labels/l{percent}.seed{seed}.log",
    wildcard_constraints:
        percent=r"\d+(\.\d+)?",
    conda:
        "../envs/evaluation.yaml"
    threads: 1
    resources:
        mem_mb=memory(2000),
        runtime=minutes(30),
    params:
        code=code_of("hide_labels.py"),
        # Without the percentage: a larger share of the same seed includes the smaller ones.
        seed=lambda wildcards: seed_of("labels", wildcards.seed),
    message:
        "Hiding labels of the training individuals but {wildcards.percent}%, seed {wildcards.seed}"
    script:
        "../workflow/scripts/hide_labels.py"


rule guess_labels:
    input:
        layout="<results>/tensors/layout.json",
        train="<results>/tensors/train.l{percent}.seed{seed}.parquet",
    output:
        "<results>/tensors/self_training.l{percent}.seed{seed}.parquet",
    log:
        "<logs>/guess_labels/l{percent}.seed{seed}.log",
    wildcard_constraints:
        percent=r"\d+(\.\d+)?",
    conda:
        "../envs/evaluation.yaml"
    threads: 1
    resources:
        mem_mb=guessing_memory,
        runtime=minutes(120, 60),
    params:
        code=code_of("guess_labels.py"),
    message:
        "Guessing hidden labels, {wildcards.percent}% of them known, seed {wildcards.seed}"
    script:
        "../workflow/scripts/guess_labels.py"
