# How much a larger synthetic cohort helps: individuals of every generator, several times the training set.


if SIZES:

    use rule sample_individuals as sample_more_individuals with:
        output:
            "<results>/sizes/{backbone}/seed{seed}.parquet",
        log:
            "<logs>/sample_more_individuals/{backbone}.seed{seed}.log",
        benchmark:
            "<benchmarks>/sample_more_individuals/{backbone}.seed{seed}.tsv"
        params:
            amount=synthetic_amount(individuals=None, multiple=max(SIZES)),
            seed=lambda wildcards: seed_of("sizes", wildcards.backbone, wildcards.seed),
        message:
            "Sampling more individuals from {wildcards.backbone}, seed {wildcards.seed}"

    use rule reference_individuals as more_reference_individuals with:
        output:
            "<results>/sizes/{reference}/seed{seed}.parquet",
        log:
            "<logs>/more_reference_individuals/{reference}.seed{seed}.log",
        benchmark:
            "<benchmarks>/more_reference_individuals/{reference}.seed{seed}.tsv"
        params:
            amount=synthetic_amount(individuals=None, multiple=max(SIZES)),
            seed=lambda wildcards: seed_of("sizes", wildcards.reference, wildcards.seed),
        message:
            "Drawing more individuals from reference {wildcards.reference}, seed {wildcards.seed}"

    use rule classify as classify_sizes with:
        input:
            layout="<results>/tensors/layout.json",
            dataset="<results>/sizes/{dataset}/seed{seed}.parquet",
            validation="<results>/tensors/validation.parquet",
            test="<results>/tensors/test.parquet",
        output:
            "<results>/evaluation/{dataset}/{classifier}.sizes.seed{seed}.json",
        log:
            "<logs>/classify_sizes/{dataset}.{classifier}.seed{seed}.log",
        benchmark:
            "<benchmarks>/classify_sizes/{dataset}.{classifier}.seed{seed}.tsv"
        params:
            sizes=SIZES,
        message:
            "Classifier {wildcards.classifier} on more individuals of {wildcards.dataset}, seed {wildcards.seed}"
