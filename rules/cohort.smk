# The built-in cohort: each chromosome, then the phenotypes. With your own genotypes these rules do not run.


if SIMULATED:

    rule simulate_chromosome:
        output:
            bcf=bcf_of("{chrom}"),
            index=f"{bcf_of('{chrom}')}.csi",
            genes=temp(f"{COHORT}/chr{{chrom}}.genes.bed"),
            causal=temp(f"{COHORT}/chr{{chrom}}.causal.parquet"),
            panel=[panel_bcf_of("{chrom}"), f"{panel_bcf_of('{chrom}')}.csi"] * PANEL,
        log:
            "<logs>/simulate_chromosome/{chrom}.log",
        benchmark:
            "<benchmarks>/simulate_chromosome/{chrom}.tsv"
        conda:
            "../envs/genotypes.yaml"
        threads: 1
        resources:
            mem_mb=memory(simulation_memory_mb()),
            runtime=minutes(60),
        params:
            code=code_of("simulate_chromosome.py"),
            settings=config["cohort"]["simulate"],
            seed=seed_of("cohort"),
        message:
            "Simulating {params.settings[individuals]} individuals' chromosome {wildcards.chrom}"
        script:
            "../workflow/scripts/simulate_chromosome.py"

    rule simulate_phenotypes:
        input:
            genes=expand(f"{COHORT}/chr{{chrom}}.genes.bed", chrom=CHROMOSOMES),
            causal=expand(f"{COHORT}/chr{{chrom}}.causal.parquet", chrom=CHROMOSOMES),
        output:
            genes=f"{COHORT}/genes.bed",
            phenotypes=cohort_file("phenotypes", "phenotypes.tsv"),
            panel=[
                f"{BASIS}/cohort/{name}" for name in ("genes.bed", "phenotypes.tsv")
            ]
            * PANEL,
        log:
            "<logs>/simulate_phenotypes.log",
        conda:
            "../envs/genotypes.yaml"
        threads: 1
        resources:
            mem_mb=memory(1000),
            runtime=minutes(10),
        params:
            code=code_of("simulate_phenotypes.py"),
            settings=config["cohort"]["simulate"],
            seed=seed_of("cohort"),
        message:
            "Giving {params.settings[individuals]} simulated individuals their phenotypes"
        script:
            "../workflow/scripts/simulate_phenotypes.py"
