# Inspect the inputs and split the individuals; then the SNP matrices of the genes.


# Another split has the same missing calls.
if config["quality"]["max_individual_missing"] is not None and not PART:

    rule missing_calls:
        input:
            genotypes=lambda wildcards: files_of(wildcards.chrom),
            genes=cohort_table("genes", "genes.bed"),
        output:
            "<results>/genotypes/{chrom}.missing.tsv",
        log:
            "<logs>/missing_calls/{chrom}.log",
        benchmark:
            "<benchmarks>/missing_calls/{chrom}.tsv"
        conda:
            "../envs/genotypes.yaml"
        threads: 1
        resources:
            mem_mb=memory(config["features"]["memory_mb"]),
            runtime=minutes(15, 60),
        params:
            code=code_of("missing_calls.py", READERS[SOURCE].reference),
            reading=genotype_params(),
            states=lambda wildcards: states(
                [*files_of(wildcards.chrom), cohort_file("genes", "genes.bed")]
            ),
            passed_only=config["quality"]["passed_only"],
        message:
            "Counting the missing calls of each individual on chromosome {wildcards.chrom}"
        script:
            "../workflow/scripts/missing_calls.py"


rule split_individuals:
    input:
        genotypes=[file for chromosome in CHROMOSOMES for file in files_of(chromosome)],
        genes=cohort_table("genes", "genes.bed"),
        phenotypes=cohort_table("phenotypes", "phenotypes.tsv"),
        missing=missing_calls_of_individuals,
    output:
        split="<results>/split.tsv",
        genes="<results>/genotypes/genes.bed",
        counts="<results>/genotypes/individuals.counts.tsv",
        facts="<results>/genotypes/inputs.json",
    log:
        "<logs>/split_individuals.log",
    conda:
        "../envs/genotypes.yaml"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=minutes(30),
    params:
        code=code_of("split_individuals.py", READERS[SOURCE].reference),
        reading=genotype_params(),
        states=lambda wildcards: states(cohort_files()),
        paths=lambda wildcards, input: paths_of(input.genotypes),
        build=config["cohort"].get("build"),
        control=config["cohort"].get("control_label"),
        unread=UNREAD,
        columns=[*cohort_columns(), config["cohort"].get("batch_column")],
        balance_batches=config["split"]["balance_batches"],
        fractions=[
            config["split"][f"{kind}_fraction"] for kind in ("test", "validation")
        ],
        max_missing=config["quality"]["max_individual_missing"],
        seed=seed_of("split", *([PART["number"]] if PART else [])),
    message:
        "Inspecting the inputs and splitting individuals into training, validation and test set"
    script:
        "../workflow/scripts/split_individuals.py"


rule quality_table:
    input:
        individuals="<results>/genotypes/individuals.counts.tsv",
        chromosomes=expand("<results>/genotypes/{chrom}.counts.tsv", chrom=CHROMOSOMES),
    output:
        report(
            "<results>/genotypes/qc.tsv",
            caption="../workflow/report/qc.rst",
            category="Cohort",
        ),
    log:
        "<logs>/quality_table.log",
    localrule: True
    conda:
        "../envs/genotypes.yaml"
    params:
        code=code_of("quality_table.py"),
    message:
        "Counting the outcomes of individuals, records, calls and genes"
    script:
        "../workflow/scripts/quality_table.py"


rule relatives:
    input:
        matrices=expand("<results>/genotypes/{chrom}.parquet", chrom=CHROMOSOMES),
        split="<results>/split.tsv",
    output:
        "<results>/genotypes/relatives.json",
    log:
        "<logs>/relatives.log",
    benchmark:
        "<benchmarks>/relatives.tsv"
    conda:
        "../envs/genotypes.yaml"
    threads: 1
    resources:
        mem_mb=memory(2000),
        runtime=minutes(15, 20),
    params:
        code=code_of("relatives.py"),
        seed=seed_of("relatives"),
    message:
        "Looking for close relatives between the training and the test set"
    script:
        "../workflow/scripts/relatives.py"


# `snakemake check`: the split, the matrices and the counts of a run, and a summary of them. It has no
# output, so that every call prints the summary.
rule check:
    input:
        individuals="<results>/genotypes/individuals.counts.tsv",
        facts="<results>/genotypes/inputs.json",
        relatives="<results>/genotypes/relatives.json",
        chromosomes=expand("<results>/genotypes/{chrom}.counts.tsv", chrom=CHROMOSOMES),
        models=expand("<results>/pca/{chrom}.models.parquet", chrom=CHROMOSOMES),
        found=expand(
            "<results>/projected/{name}/found.json", name=config["projections"]
        ),
    log:
        "<logs>/check.log",
    localrule: True
    conda:
        "../envs/genotypes.yaml"
    params:
        code=code_of("check.py"),
        projections=list(config["projections"]),
        # Derived from an input, which has the prefix of a module.
        summary=lambda wildcards, input: str(
            Path(input.facts).parents[1] / "check/summary.txt"
        ),
    message:
        "Summarising the inputs"
    script:
        "../workflow/scripts/check.py"
