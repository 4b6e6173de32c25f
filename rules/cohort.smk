# The built-in cohort. With `cohort.source: vcf` nothing here runs.


if SIMULATED:

    rule simulate_cohort:
        output:
            vcfs=[vcf_of(chromosome) for chromosome in CHROMOSOMES],
            indexes=[f"{vcf_of(chromosome)}.tbi" for chromosome in CHROMOSOMES],
            genes=cohort_file("genes", "genes.bed"),
            phenotypes=cohort_file("phenotypes", "phenotypes.tsv"),
        log:
            "<logs>/simulate_cohort.log",
        benchmark:
            "<benchmarks>/simulate_cohort.tsv"
        conda:
            "../envs/genotypes.yaml"
        threads: 1
        resources:
            mem_mb=4000,
            runtime=60,
        params:
            code=code_of("simulate_cohort.py"),
            settings=config["cohort"]["simulate"],
            seed=seed_of("cohort"),
        message:
            "Simulating {params.settings[people]} people"
        script:
            "../workflow/scripts/simulate_cohort.py"
