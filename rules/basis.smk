# The same files as in pca.smk from a run on a public panel, so that nothing is fitted to this cohort: its individuals
# get the panel's SNPs, components, scales and decoders.


if PANEL and not PART:

    # The panel that is simulated with the cohort goes through the same rules, in a folder of its own.
    module panel:
        snakefile:
            "../Snakefile"
        config:
            panel_config()

    use rule split_individuals from panel as panel_split_individuals

    use rule gene_matrices from panel as panel_gene_matrices

    use rule gene_pca from panel as panel_gene_pca

    use rule fit_decoders from panel as panel_fit_decoders

    use rule build_tensors from panel as panel_build_tensors


rule match_snps:
    input:
        genotypes=lambda wildcards: files_of(wildcards.chrom),
        split="<results>/split.tsv",
        matrices=f"{BASIS}/genotypes/{{chrom}}.parquet",
    output:
        matrices="<results>/genotypes/{chrom}.parquet",
        counts="<results>/genotypes/{chrom}.counts.tsv",
    log:
        "<logs>/match_snps/{chrom}.log",
    benchmark:
        "<benchmarks>/match_snps/{chrom}.tsv"
    conda:
        "../envs/genotypes.yaml"
    threads: 1
    resources:
        mem_mb=memory(config["features"]["memory_mb"]),
        runtime=minutes(15, 60),
    params:
        code=code_of("match_snps.py", READERS[SOURCE].reference),
        source=SOURCE,
        passed_only=config["quality"]["passed_only"],
        states=lambda wildcards: states(files_of(wildcards.chrom)),
    message:
        "The panel's SNPs of chromosome {wildcards.chrom} in this cohort"
    script:
        "../workflow/scripts/match_snps.py"


rule check_basis:
    input:
        facts="<results>/genotypes/inputs.json",
        basis=f"{BASIS}/genotypes/inputs.json",
        split="<results>/split.tsv",
        panel=f"{BASIS}/split.tsv",
        counts=expand("<results>/genotypes/{chrom}.counts.tsv", chrom=CHROMOSOMES),
    output:
        "<results>/genotypes/found.json",
    log:
        "<logs>/check_basis.log",
    localrule: True
    conda:
        "../envs/genotypes.yaml"
    params:
        code=code_of("check_basis.py"),
        chromosomes=CHROMOSOMES,
        limits={"min_found": 0, "warn_found": 0.9},
    message:
        "Share of the panel's SNPs that this cohort has"
    script:
        "../workflow/scripts/check_basis.py"


rule project_cohort:
    input:
        matrices="<results>/genotypes/{chrom}.parquet",
        found="<results>/genotypes/found.json",
        models=f"{BASIS}/pca/{{chrom}}.models.parquet",
    output:
        models="<results>/pca/{chrom}.models.parquet",
        scores="<results>/pca/{chrom}.scores.parquet",
    log:
        "<logs>/project_cohort/{chrom}.log",
    conda:
        "../envs/genotypes.yaml"
    threads: 1
    resources:
        mem_mb=memory(config["features"]["memory_mb"]),
        runtime=minutes(15, 20),
    params:
        code=code_of("project_chromosome.py"),
    message:
        "Chromosome {wildcards.chrom} in the panel's components"
    script:
        "../workflow/scripts/project_chromosome.py"


rule take_decoder:
    input:
        matrices="<results>/genotypes/{chrom}.parquet",
        models="<results>/pca/{chrom}.models.parquet",
        split="<results>/split.tsv",
        basis=f"{BASIS}/pca/{{chrom}}.decoder.parquet",
    output:
        decoder="<results>/pca/{chrom}.decoder.parquet",
        sums="<results>/pca/{chrom}.decoding.tsv",
    log:
        "<logs>/take_decoder/{chrom}.log",
    conda:
        "../envs/genotypes.yaml"
    threads: 1
    resources:
        mem_mb=memory(config["features"]["memory_mb"]),
        runtime=minutes(15, 60),
    params:
        code=code_of("take_decoder.py", DECODERS[DECODER].reference),
        chosen=DECODER,
        seed=lambda wildcards: seed_of("decoding", wildcards.chrom),
    message:
        "The panel's decoder of chromosome {wildcards.chrom}"
    script:
        "../workflow/scripts/take_decoder.py"


rule standardise:
    input:
        models=expand("<results>/pca/{chrom}.models.parquet", chrom=CHROMOSOMES),
        scores=expand("<results>/pca/{chrom}.scores.parquet", chrom=CHROMOSOMES),
        split="<results>/split.tsv",
        basis=f"{BASIS}/tensors/layout.json",
    output:
        layout="<results>/tensors/layout.json",
        train="<results>/tensors/train.parquet",
        validation="<results>/tensors/validation.parquet",
        test="<results>/tensors/test.parquet",
    log:
        "<logs>/standardise.log",
    benchmark:
        "<benchmarks>/standardise.tsv"
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
        "One tensor per individual, in the panel's scales"
    script:
        "../workflow/scripts/build_tensors.py"
