# The analysis on other random splits into training, validation and test individuals: this workflow once more as a
# module for each, in a folder of its own. Cohort and panel are shared; all other rules are imported, but only what
# splits.tsv needs is made. Snakemake takes only literal names of modules, hence the four blocks.


if config["splits"] > 1:

    module split1:
        snakefile:
            "../Snakefile"
        config:
            split_config(1)

    use rule * from split1 exclude all, basis, check, release as split1_*

    rule splits_table:
        input:
            layout="<results>/tensors/layout.json",
            table1=split_tables("table1.long.tsv"),
            table3=split_tables("table3.long.tsv"),
            privacy=split_tables("privacy.tsv"),
        output:
            table=report(
                "<results>/splits.tsv",
                caption="../workflow/report/splits.rst",
                category="Tables",
                labels={"table": "Splits"},
            ),
            differences="<results>/splits.differences.tsv",
        log:
            "<logs>/splits_table.log",
        localrule: True
        conda:
            "../envs/evaluation.yaml"
        params:
            code=code_of("splits_table.py"),
        message:
            "Table of what other splits of the individuals give"
        script:
            "../workflow/scripts/splits_table.py"


if config["splits"] > 2:

    module split2:
        snakefile:
            "../Snakefile"
        config:
            split_config(2)

    use rule * from split2 exclude all, basis, check, release as split2_*


if config["splits"] > 3:

    module split3:
        snakefile:
            "../Snakefile"
        config:
            split_config(3)

    use rule * from split3 exclude all, basis, check, release as split3_*


if config["splits"] > 4:

    module split4:
        snakefile:
            "../Snakefile"
        config:
            split_config(4)

    use rule * from split4 exclude all, basis, check, release as split4_*
