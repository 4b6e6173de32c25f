# Who trains, validates and tests; then the SNPs of each gene.


rule split_people:
    input:
        vcf=vcf_of(CHROMOSOMES[0]),
        phenotypes=cohort_file("phenotypes", "phenotypes.tsv"),
    output:
        "<results>/split.tsv",
    log:
        "<logs>/split_people.log",
    conda:
        "../envs/genotypes.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        code=code_of("split_people.py"),
        columns=[
            config["cohort"].get(f"{kind}_column")
            for kind in ("sample", "label", "family")
        ],
        fractions=[
            config["split"][f"{kind}_fraction"] for kind in ("test", "validation")
        ],
        seed=seed_of("split"),
    message:
        "Splitting people into training, validation and test set"
    script:
        "../workflow/scripts/split_people.py"


rule gene_matrices:
    input:
        vcf=lambda wildcards: vcf_of(wildcards.chrom),
        genes=cohort_file("genes", "genes.bed"),
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
        mem_mb=2000,
        runtime=120,
    params:
        code=code_of("gene_matrices.py"),
        quality=config["quality"],
        size=[config["features"]["min_snps"], config["features"]["max_snps"]],
    message:
        "Reading the SNPs of the genes on chromosome {wildcards.chrom}"
    script:
        "../workflow/scripts/gene_matrices.py"
