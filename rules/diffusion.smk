# Train a backbone, then draw synthetic individuals from it.


# What trainings map into memory, shared by all of them.
rule unpack_tensors:
    input:
        layout="<results>/tensors/layout.json",
        individuals="<results>/tensors/{set}.parquet",
    output:
        temp("<results>/tensors/{set}.npy"),
    log:
        "<logs>/unpack_tensors/{set}.log",
    conda:
        "../envs/torch.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=20,
    params:
        code=code_of("unpack_tensors.py"),
    message:
        "Unpacking the {wildcards.set} individuals for trainings"
    script:
        "../workflow/scripts/unpack_tensors.py"


rule train_backbone:
    input:
        layout="<results>/tensors/layout.json",
        train="<results>/tensors/train.parquet",
        train_x="<results>/tensors/train.npy",
        validation="<results>/tensors/validation.parquet",
        validation_x="<results>/tensors/validation.npy",
    output:
        weights="<results>/models/{backbone}/seed{seed}/model.safetensors",
        config="<results>/models/{backbone}/seed{seed}/config.json",
        history="<results>/models/{backbone}/seed{seed}/history.parquet",
    log:
        "<logs>/train_backbone/{backbone}.seed{seed}.log",
    benchmark:
        "<benchmarks>/train_backbone/{backbone}.seed{seed}.tsv"
    # The longest jobs: first of those that are ready.
    priority: 10
    conda:
        "../envs/torch.yaml"
    threads: 1
    resources:
        mem_mb=training_memory,
        runtime=training_minutes,
        gpu=GPUS,
        # Several GPUs are of one machine.
        nodes=1,
    params:
        code=lambda wildcards: code_of(
            "train_backbone.py", BACKBONES[wildcards.backbone].module
        ),
        settings=lambda wildcards: config["backbone_settings"][wildcards.backbone],
        diffusion=RECIPE,
        seed=lambda wildcards: seed_of("train", wildcards.backbone, wildcards.seed),
        device=config["device"],
    message:
        "Training backbone {wildcards.backbone}, seed {wildcards.seed}"
    script:
        "../workflow/scripts/train_backbone.py"


rule sample_individuals:
    input:
        layout="<results>/tensors/layout.json",
        labels="<results>/tensors/train.parquet",
        weights="<results>/models/{backbone}/seed{seed}/model.safetensors",
        config="<results>/models/{backbone}/seed{seed}/config.json",
    output:
        "<results>/synthetic/{backbone}/seed{seed}.parquet",
    log:
        "<logs>/sample_individuals/{backbone}.seed{seed}.log",
    benchmark:
        "<benchmarks>/sample_individuals/{backbone}.seed{seed}.tsv"
    priority: 5
    conda:
        "../envs/torch.yaml"
    threads: 1
    resources:
        mem_mb=memory(
            BASE_MB + GPU_LIBRARIES_MB * GPUS + config["synthetic"]["memory_mb"], 1
        ),
        runtime=sampling_minutes,
        gpu=GPUS,
        nodes=1,
    params:
        code=lambda wildcards: code_of(
            "sample_individuals.py",
            BACKBONES[wildcards.backbone].module,
            SAMPLERS[SAMPLING["sampler"]].module,
        ),
        amount=synthetic_amount(),
        sampling=SAMPLING,
        memory_mb=config["synthetic"]["memory_mb"],
        seed=lambda wildcards: seed_of("sample", wildcards.backbone, wildcards.seed),
        device=config["device"],
    message:
        "Sampling synthetic individuals from {wildcards.backbone}, seed {wildcards.seed}"
    script:
        "../workflow/scripts/sample_individuals.py"
