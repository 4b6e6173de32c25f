# Check other cohorts as this one is checked, then put their individuals in this cohort's principal components.


if config["projections"]:

    rule inspect_projection:
        input:
            genotypes=projected_files,
            facts="<results>/genotypes/inputs.json",
            phenotypes=projected_phenotypes,
        output:
            "<results>/projected/{projection}/inputs.json",
        log:
            "<logs>/inspect_projection/{projection}.log",
        conda:
            "../envs/genotypes.yaml"
        threads: 1
        resources:
            mem_mb=memory(1000),
            runtime=minutes(30),
        params:
            code=code_of("inspect_projection.py", *ALL_READERS),
            source=lambda wildcards: projection_of(wildcards)["source"],
            paths=lambda wildcards, input: paths_of(input.genotypes),
            columns=cohort_columns(),
            states=lambda wildcards: states(
                projected_files(wildcards) + projected_phenotypes(wildcards)
            ),
        message:
            "Inspecting the inputs of cohort {wildcards.projection}"
        script:
            "../workflow/scripts/inspect_projection.py"

    rule match_chromosome:
        input:
            genotypes=projected_files_of_chromosome,
            matrices="<results>/genotypes/{chrom}.parquet",
            inputs="<results>/projected/{projection}/inputs.json",
        output:
            matrices="<results>/projected/{projection}/{chrom}.parquet",
            counts="<results>/projected/{projection}/{chrom}.counts.tsv",
        log:
            "<logs>/match_chromosome/{projection}/{chrom}.log",
        benchmark:
            "<benchmarks>/match_chromosome/{projection}/{chrom}.tsv"
        conda:
            "../envs/genotypes.yaml"
        threads: 1
        resources:
            mem_mb=memory(config["features"]["memory_mb"]),
            runtime=minutes(15, 60),
        params:
            code=code_of("match_chromosome.py", *ALL_READERS),
            source=lambda wildcards: projection_of(wildcards)["source"],
            passed_only=config["quality"]["passed_only"],
            states=lambda wildcards: states(projected_files_of_chromosome(wildcards)),
        message:
            "SNPs of chromosome {wildcards.chrom} in cohort {wildcards.projection}"
        script:
            "../workflow/scripts/match_chromosome.py"

    rule check_found:
        input:
            expand(
                "<results>/projected/{{projection}}/{chrom}.counts.tsv",
                chrom=CHROMOSOMES,
            ),
        output:
            "<results>/projected/{projection}/found.json",
        log:
            "<logs>/check_found/{projection}.log",
        localrule: True
        conda:
            "../envs/genotypes.yaml"
        params:
            code=code_of("check_found.py"),
            chromosomes=CHROMOSOMES,
            limits=lambda wildcards: {
                key: projection_of(wildcards)[key]
                for key in ("min_found", "warn_found")
            },
        message:
            "Share of the SNPs that cohort {wildcards.projection} has"
        script:
            "../workflow/scripts/check_found.py"

    rule project_chromosome:
        input:
            matrices="<results>/projected/{projection}/{chrom}.parquet",
            found="<results>/projected/{projection}/found.json",
            models="<results>/pca/{chrom}.models.parquet",
        output:
            models=temp("<results>/projected/{projection}/{chrom}.models.parquet"),
            scores=temp("<results>/projected/{projection}/{chrom}.scores.parquet"),
        log:
            "<logs>/project_chromosome/{projection}/{chrom}.log",
        conda:
            "../envs/genotypes.yaml"
        threads: 1
        resources:
            mem_mb=memory(config["features"]["memory_mb"]),
            runtime=minutes(15, 20),
        params:
            code=code_of("project_chromosome.py"),
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
            inputs="<results>/projected/{projection}/inputs.json",
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
        message:
            "Tensors of cohort {wildcards.projection}"
        script:
            "../workflow/scripts/project_individuals.py"
