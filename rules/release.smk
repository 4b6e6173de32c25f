# A folder that leaves the house: synthetic individuals as genotypes, with a datasheet.


if config["release"]:

    rule make_release:
        input:
            unpack(released_files),
            table1="<results>/table1.long.tsv",
            table3="<results>/table3.long.tsv",
            privacy="<results>/privacy.tsv",
            fidelity="<results>/fidelity.long.tsv",
            decoding="<results>/decoding.tsv",
            layout="<results>/tensors/layout.json",
            split="<results>/split.tsv",
            inputs="<results>/genotypes/inputs.json",
            models=expand("<results>/pca/{chrom}.models.parquet", chrom=CHROMOSOMES),
            network=lambda wildcards: [
                "<results>/models/{generator}/seed{seed}/config.json"
            ]
            * PLAN.is_private(wildcards.generator),
        output:
            # Of the folder, what is written last.
            "<results>/release/{generator}/seed{seed}/SHA256SUMS",
        log:
            "<logs>/make_release/{generator}.seed{seed}.log",
        benchmark:
            "<benchmarks>/make_release/{generator}.seed{seed}.tsv"
        wildcard_constraints:
            generator=any_of(config["release"]),
        conda:
            "../envs/release.yaml"
        threads: 1
        resources:
            mem_mb=memory(2000),
            runtime=minutes(60, 60),
        params:
            code=lambda wildcards: code_of(
                "release.py",
                *(
                    WRITERS[name].reference
                    for name in config["release"][wildcards.generator]["formats"]
                ),
            ),
            origin=origin_of,
            formats=lambda wildcards: config["release"][wildcards.generator]["formats"],
        message:
            "Release of {wildcards.generator}, seed {wildcards.seed}"
        script:
            "../workflow/scripts/release.py"
