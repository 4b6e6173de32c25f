# GenoDiff: from real genotypes to a synthetic cohort and its evaluation.
# Stages are in rules/, jobs in workflow/scripts/, the library in workflow/scripts/genodiff/.
from snakemake.utils import min_version

min_version("9.27")


configfile: "config/config.yaml"


report: "workflow/report/workflow.rst"


include: "rules/common.smk"
include: "rules/datasets.smk"
include: "rules/resources.smk"


pathvars:
    results=config["results"],
    logs=f"{config['results']}/logs",
    benchmarks=f"{config['results']}/benchmarks",


# Used only with --sdm apptainer.
if config["container"]:

    container: config["container"]


wildcard_constraints:
    chrom=any_of(CHROMOSOMES),
    generator=any_of(PLAN.entries),
    folder="synthetic|references",
    share=keys.SHARE,
    amount=keys.AMOUNT,
    dataset=any_of(
        [
            *PLAN.titles(),
            keys.NULL,
            *PLAN.size_keys(),
            *PLAN.augmentation_keys(),
            *PLAN.label_keys(),
        ]
    ),
    classifier=any_of(config["classifiers"]),
    metric=any_of(METRICS),
    seed=any_of(map(str, config["seeds"])),
    projection=any_of(config["projections"]),


# A run on another split has the cohort of the run of which it is a part.
if not PART:

    include: "rules/cohort.smk"
    include: "rules/download.smk"
    include: "rules/splits.smk"


include: "rules/genotypes.smk"
include: "rules/basis.smk" if BASIS else "rules/pca.smk"
include: "rules/projection.smk"
include: "rules/generators.smk"
include: "rules/tuning.smk"
include: "rules/evaluation.smk"
include: "rules/fidelity.smk"
include: "rules/tables.smk"
include: "rules/figures.smk"
include: "rules/report.smk"
include: "rules/release.smk"


rule all:
    default_target: True
    input:
        "<results>/report.html",
        expand("<results>/table{n}.tsv", n=[1, 2, 3]),
        expand("<results>/table{n}.long.tsv", n=[1, 2, 3]),
        expand("<results>/{metric}.tsv", metric=METRIC_TABLES),
        "<results>/decoding.tsv",
        "<results>/denoising.tsv" if TRAINED else [],
        ["<results>/fidelity.tsv", "<results>/fidelity.long.tsv"] * HAS_FIDELITY,
        expand("<results>/figures/{name}.{form}", name=FIGURES, form=["svg", "png"]),
        "<results>/size.tsv" if PLAN.sizes() else [],
        "<results>/augmentation.tsv" if PLAN.percents else [],
        "<results>/labels.tsv" if PLAN.labelled else [],
        "<results>/splits.tsv" if config["splits"] > 1 else [],
        "<results>/release_size.tsv" if PARTLY_RELEASED else [],
        ["<results>/tuning.tsv", "<results>/tuning/best.yaml"] * bool(PLAN.tuned),
        expand(
            "<results>/figures/tuning.{form}", form=["svg", "png"] * bool(PLAN.tuned)
        ),
        expand("<results>/projected/{name}.parquet", name=config["projections"]),
        RELEASES,
        [
            PLAN.individuals_file(keys.Dataset.parse(key), seed)
            for key in PLAN.synthetic_titles()
            for seed in config["seeds"]
            if config["synthetic"]["keep"]
        ],


rule release:
    input:
        releases,


# What a run on a private cohort takes from this one, if this is a public panel (`features.basis`).
rule basis:
    input:
        "<results>/tensors/layout.json",
        expand("<results>/pca/{chrom}.decoder.parquet", chrom=CHROMOSOMES),
