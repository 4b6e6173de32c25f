# GenoDiff: real genotypes in, a synthetic cohort and its evaluation out.
# Stages are in rules/, jobs in workflow/scripts/, the library in workflow/scripts/genodiff/.
from snakemake.utils import min_version

min_version("9.27")


configfile: "config/config.yaml"


include: "rules/common.smk"


pathvars:
    results=config["results"],
    logs=f"{config['results']}/logs",
    benchmarks=f"{config['results']}/benchmarks",


wildcard_constraints:
    chrom="|".join(map(re.escape, CHROMOSOMES)),
    backbone="|".join(config["backbones"]),
    dataset="|".join(DATASETS),
    classifier="|".join(config["classifiers"]),
    seed="|".join(map(str, config["seeds"])),


include: "rules/cohort.smk"
include: "rules/genotypes.smk"
include: "rules/pca.smk"
include: "rules/diffusion.smk"
include: "rules/evaluation.smk"


rule all:
    default_target: True
    input:
        "<results>/table1.tsv",
        "<results>/table1.long.tsv",
