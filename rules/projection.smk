# Individuals of other cohorts in this cohort's principal components.


if config["projections"]:

    rule project_chromosome:
        input:
            genotypes=projected_files,
            models="<results>/pca/{chrom}.models.parquet",
        output:
            models=temp("<results>/projected/{projection}/{chrom}.models.parquet"),
            scores=temp("<results>/projected/{projection}/{chrom}.scores.parquet"),
            counts="<results>/projected/{projection}/{chrom}.counts.tsv",
        log:
            "<logs>/project_chromosome/{projection}/{chrom}.log",
        conda:
            "../envs/genotypes.yaml"
        threads: 1
        resources:
            mem_mb=memory(config["features"]["memory_mb"]),
            runtime=minutes(15, 60),
        params:
            code=code_of(
                "project_chromosome.py",
                *(READERS[source].reference for source in READERS),
            ),
            source=lambda wildcards: config["projections"][wildcards.projection][
                "source"
            ],
        message:
            "Chromosome {wildcards.chrom} of cohort {wildcards.projection} in these components"
        script:
            "../workflow/scripts/project_chromosome.py"

    rule project_individuals:
        input:
            layout="<results>/tensors/layout.json",
            scores=expand(
                "<results>/projected/{{projection}}/{chrom}.scores.parquet",
                chrom=CHROMOSOMES,
            ),
            phenotypes=projected_phenotypes,
        output:
            "<results>/projected/{projection}.parquet",
        log:
            "<logs>/project_individuals/{projection}.log",
        conda:
            "../envs/genotypes.yaml"
        threads: 1
        resources:
            mem_mb=memory(config["features"]["memory_mb"]),
            runtime=minutes(15, 20),
        params:
            code=code_of("project_individuals.py"),
            columns=cohort_columns(),
        message:
            "Tensors of cohort {wildcards.projection}"
        script:
            "../workflow/scripts/project_individuals.py"
