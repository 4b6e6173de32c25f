# Per-gene principal components, then one tensor per individual.


rule gene_pca:
    input:
        matrices="<results>/genotypes/{chrom}.parquet",
        split="<results>/split.tsv",
    output:
        models="<results>/pca/{chrom}.models.parquet",
        scores="<results>/pca/{chrom}.scores.parquet",
    log:
        "<logs>/gene_pca/{chrom}.log",
    benchmark:
        "<benchmarks>/gene_pca/{chrom}.tsv"
    conda:
        "../envs/genotypes.yaml"
    threads: 1
    resources:
        mem_mb=memory(config["features"]["memory_mb"]),
        runtime=minutes(15, 20),
    params:
        code=code_of("gene_pca.py"),
        components=config["features"]["components"],
        explained=config["features"]["explained"],
    message:
        "Principal components of the genes on chromosome {wildcards.chrom}"
    script:
        "../workflow/scripts/gene_pca.py"


rule build_tensors:
    input:
        models=expand("<results>/pca/{chrom}.models.parquet", chrom=CHROMOSOMES),
        scores=expand("<results>/pca/{chrom}.scores.parquet", chrom=CHROMOSOMES),
        split="<results>/split.tsv",
    output:
        layout="<results>/tensors/layout.json",
        train="<results>/tensors/train.parquet",
        validation="<results>/tensors/validation.parquet",
        test="<results>/tensors/test.parquet",
    log:
        "<logs>/build_tensors.log",
    benchmark:
        "<benchmarks>/build_tensors.tsv"
    conda:
        "../envs/genotypes.yaml"
    threads: 1
    resources:
        mem_mb=memory(config["features"]["memory_mb"]),
        runtime=minutes(15, 20),
    params:
        code=code_of("build_tensors.py"),
        components=config["features"]["components"],
        pad_genes_to=config["features"]["pad_genes_to"],
    message:
        "One padded, standardised tensor per individual"
    script:
        "../workflow/scripts/build_tensors.py"
