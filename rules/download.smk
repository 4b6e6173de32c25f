# The 1000 Genomes cohort: downloaded and verified, then treated like a user's. These rules run where Snakemake
# runs, since compute nodes of clusters often have no internet access.


if FETCHED:

    LISTS = onekg.checksum_lists(config["cohort"])

    rule fetch_checksums:
        input:
            present(LISTS),
        output:
            f"{COHORT}/{LIST_NAME}",
        log:
            "<logs>/fetch_checksums.log",
        localrule: True
        conda:
            "../envs/genotypes.yaml"
        threads: 1
        resources:
            downloads=1,
        params:
            code=code_of("fetch_checksums.py"),
            lists=LISTS,
            files=fetched_files(),
            known=known_checksums(),
            states=states(LISTS),
        message:
            "Reading the checksums of the files to fetch"
        script:
            "../workflow/scripts/fetch_checksums.py"

    # Links to files in {COHORT}/downloads, which remain if a job fails or is rerun.
    rule fetch:
        input:
            checksums=f"{COHORT}/{LIST_NAME}",
            before=fetched_before,
            source=lambda wildcards: present(mirrored(wildcards)),
        output:
            f"{COHORT}/{{file}}",
        log:
            "<logs>/fetch/{file}.log",
        wildcard_constraints:
            file="|".join(map(re.escape, ORIGINS)),
        localrule: True
        conda:
            "../envs/genotypes.yaml"
        threads: 1
        resources:
            downloads=1,
        params:
            code=code_of("fetch.py"),
            origin=lambda wildcards: ORIGINS[wildcards.file],
            states=lambda wildcards: states(mirrored(wildcards)),
        message:
            "Fetching {wildcards.file} from {params.origin}"
        script:
            "../workflow/scripts/fetch.py"

    rule panel_phenotypes:
        input:
            f"{COHORT}/{onekg.PANEL_FILE}",
        output:
            f"{COHORT}/phenotypes.tsv",
        log:
            "<logs>/panel_phenotypes.log",
        localrule: True
        conda:
            "../envs/genotypes.yaml"
        threads: 1
        params:
            code=code_of("panel_phenotypes.py"),
        message:
            "Populations of the individuals in the panel"
        script:
            "../workflow/scripts/panel_phenotypes.py"
