# What is fitted to the training individuals: which SNPs of the genes are kept, per-gene principal components, the way
# back to genotypes, scales. With a basis (basis.smk) none of these rules runs.


rule gene_matrices:
    input:
        genotypes=lambda wildcards: files_of(wildcards.chrom),
        genes="<results>/genotypes/genes.bed",
        split="<results>/split.tsv",
    output:
        matrices="<results>/genotypes/{chrom}.parquet",
        counts="<results>/genotypes/{chrom}.counts.tsv",
    log:
        "<logs>/gene_matrices/{chrom}.log",
    benchmark:
        "<benchmarks>/gene_matrices/{chrom}.tsv"
    conda:
        "../envs/genotypes.yaml"
    threads: 1
    resources:
        mem_mb=memory(config["features"]["memory_mb"]),
        runtime=minutes(15, 60),
    params:
        code=code_of("gene_matrices.py", READERS[SOURCE].reference),
        source=SOURCE,
        states=lambda wildcards: states(files_of(wildcards.chrom)),
        between=config["cohort"].get("between_genes"),
        quality=QUALITY,
        control=config["cohort"].get("control_label"),
        size=[config["features"]["min_snps"], config["features"]["max_snps"]],
    message:
        "Reading the SNPs of the genes on chromosome {wildcards.chrom}"
    script:
        "../workflow/scripts/gene_matrices.py"


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


rule fit_decoders:
    input:
        matrices="<results>/genotypes/{chrom}.parquet",
        models="<results>/pca/{chrom}.models.parquet",
        split="<results>/split.tsv",
    output:
        decoder="<results>/pca/{chrom}.decoder.parquet",
        sums="<results>/pca/{chrom}.decoding.tsv",
    log:
        "<logs>/fit_decoders/{chrom}.log",
    benchmark:
        "<benchmarks>/fit_decoders/{chrom}.tsv"
    conda:
        "../envs/genotypes.yaml"
    threads: 1
    resources:
        mem_mb=memory(config["features"]["memory_mb"]),
        runtime=minutes(15, 60),
    params:
        code=code_of(
            "fit_decoders.py", *(entry.reference for entry in DECODERS.values())
        ),
        chosen=DECODER,
        seed=lambda wildcards: seed_of("decoding", wildcards.chrom),
    message:
        "Decoders of the genes on chromosome {wildcards.chrom}"
    script:
        "../workflow/scripts/fit_decoders.py"


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
