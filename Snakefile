# GenoDiff: real genotypes in, a synthetic cohort and its evaluation out.
# Stages are in rules/, jobs in workflow/scripts/, the library in workflow/scripts/genodiff/.
from snakemake.utils import min_version

min_version("9.27")


configfile: "config/config.yaml"


report: "workflow/report/workflow.rst"


include: "rules/common.smk"
include: "rules/resources.smk"


pathvars:
    results=config["results"],
    logs=f"{config['results']}/logs",
    benchmarks=f"{config['results']}/benchmarks",


# Only with --sdm apptainer.
if config["container"]:

    container: config["container"]


wildcard_constraints:
    chrom="|".join(map(re.escape, CHROMOSOMES)),
    backbone="|".join(BACKBONES),
    reference="|".join(REFERENCES),
    dataset="|".join(DATASETS),
    arm="|".join(["real", *config["augmentation"]["generators"]]),
    percent="|".join(re.escape(str(percent)) for percent in PERCENTS) or "none",
    classifier="|".join(config["classifiers"]),
    seed="|".join(map(str, config["seeds"])),
    projection="|".join(config["projections"]) or "none",


include: "rules/cohort.smk"
include: "rules/download.smk"
include: "rules/genotypes.smk"
include: "rules/pca.smk"
include: "rules/projection.smk"
include: "rules/diffusion.smk"
include: "rules/references.smk"
include: "rules/evaluation.smk"
include: "rules/sizes.smk"
include: "rules/augmentation.smk"
include: "rules/tables.smk"
include: "rules/figures.smk"
include: "rules/report.smk"


rule all:
    default_target: True
    input:
        "<results>/report.html",
        expand("<results>/table{n}.tsv", n=[1, 2, 3]),
        expand("<results>/table{n}.long.tsv", n=[1, 2, 3]),
        "<results>/privacy.tsv",
        expand("<results>/figures/{name}.{form}", name=FIGURES, form=["svg", "png"]),
        "<results>/size.tsv" if SIZES else [],
        "<results>/augmentation.tsv" if PERCENTS else [],
        expand("<results>/projected/{name}.parquet", name=config["projections"]),
