# Settings, the library's code, and functions that rules use. No rules here.
import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

from snakemake.exceptions import WorkflowError

# Each script and library file is registered as a source of this workflow, so that it travels with it.
MANIFEST = (
    Path(workflow.source_path("../workflow/scripts/MANIFEST")).read_text().split()
)
SOURCES = {
    name: workflow.source_path(f"../workflow/scripts/{name}") for name in MANIFEST
}
sys.path.insert(0, str(Path(SOURCES["genodiff/__init__.py"]).parents[1]))

from genodiff.workflow import settings
from genodiff.workflow.settings.paths import chromosomes, make_paths_absolute
from genodiff.networks.backbones import BACKBONES
from genodiff.networks.classifiers import CLASSIFIERS
from genodiff.evaluation import METRICS
from genodiff.downloads import onekg
from genodiff.downloads.checksums import LIST_NAME, read_checksums
from genodiff.runtime.errors import InputError
from genodiff.genotypes.chromosomes import genotype_path
from genodiff.genotypes.readers import READERS
from genodiff.genotypes.readers.files import genotype_files
from genodiff.workflow.code_hash import code_hash
from genodiff.runtime.seeds import job_seed
from genodiff.generators import dataset as keys
from genodiff.workflow.plan import Plan

# Contigs of genotype files with all chromosomes, for the job processes, which parse this file too.
CONTIGS = ".snakemake/genodiff.contigs.json"


def checked_config():
    """Complete `config`, and find the chromosomes; or a message about what is wrong with it."""
    try:
        config.update(settings.load(config))
        # A module's prefix goes before every relative path; files that are there stay where they are.
        if workflow.modifier.path_modifier.replace_prefix("any") != "any":
            make_paths_absolute(config)
        return chromosomes(config, cache=CONTIGS)
    except InputError as error:
        raise WorkflowError(str(error)) from None


CHROMOSOMES = checked_config()
GPUS = 0 if config["device"] == "cpu" else config["gpus"]
PLAN = Plan(config)
SIMULATED = config["cohort"]["source"] == "simulate"
FETCHED = config["cohort"]["source"] == onekg.SOURCE
# The format of the genotypes; simulated and fetched ones go through the same door as a user's.
SOURCE = "vcf" if SIMULATED or FETCHED else config["cohort"]["source"]
# The folder of this file: the Snakefile's own may be that of a workflow which uses this one as a module.
HERE = workflow.current_basedir.get_path_or_uri(secret_free=True)
# Whether individuals have batches, and Table 1 the line of what these alone predict.
BATCHES = config["cohort"].get("batch_column") is not None
# Thresholds for SNPs; those for individuals are the split's.
QUALITY = {
    key: value
    for key, value in config["quality"].items()
    if key != "max_individual_missing"
}
COHORT = f"{config['results']}/cohort"
# Files to fetch, and the folder or server of each.
ORIGINS = onekg.origins(config["cohort"]) if FETCHED else {}
# The classifiers of the experiments that do without some of them.
SIZE_CLASSIFIERS, SHARE_CLASSIFIERS = (
    config[part]["classifiers"] or config["classifiers"][:1]
    for part in ("size", "augmentation")
)
# The rows of the metric `neighbours` are Tables 2 and 3; every other metric has a table of its name.
METRIC_TABLES = [name for name in METRICS if name != "neighbours"]
FIGURES = ["figure3", "figure4"] * any(PLAN.is_kind(n, "diffusion") for n in PLAN.run)
FIGURES += ["figure5", "variance", "privacy"]
FIGURES += ["size"] * bool(PLAN.sizes()) + ["augmentation"] * bool(PLAN.percents)


def any_of(names):
    """A regular expression for each of the names, and for nothing else."""
    return "|".join(map(re.escape, names)) or "none"


@cache
def code_of(*entries):
    """The code hash of a script and of classes that it loads by name."""
    try:
        return code_hash(*entries, plugins=tuple(config["plugins"]))
    except SyntaxError as error:
        raise WorkflowError(
            f"plugins: {error.filename}, line {error.lineno}: {error.msg}"
        ) from None


@cache
def commit():
    """The workflow's git commit, or an empty text where it is not a clone."""
    command = [
        "git",
        "-C",
        HERE,
        "describe",
        "--always",
        "--dirty",
        "--abbrev=40",
    ]
    try:
        return subprocess.run(
            command, capture_output=True, text=True, check=True
        ).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def bcf_of(chromosome):
    """The simulated genotypes of a chromosome."""
    return f"{COHORT}/chr{chromosome}.bcf"


def genotypes_of(chromosome):
    """The file that holds a chromosome's genotypes."""
    if SIMULATED:
        return bcf_of(chromosome)
    if FETCHED:
        return f"{COHORT}/{onekg.vcf_file(chromosome)}"
    return genotype_path(config["cohort"][SOURCE], chromosome)


@cache
def files_of(chromosome):
    """That file and those that belong to it: its index, or PLINK's tables."""
    if SIMULATED:
        return [bcf_of(chromosome), f"{bcf_of(chromosome)}.csi"]
    if FETCHED:
        return [genotypes_of(chromosome), f"{genotypes_of(chromosome)}.tbi"]
    return genotype_files(SOURCE, genotypes_of(chromosome))


def paths_of(files):
    """Chromosomes and their genotypes, out of the files of all chromosomes; as jobs see them, with the
    prefix of a module."""
    each = len(files) // len(CHROMOSOMES)
    return dict(zip(CHROMOSOMES, map(str, files[::each]), strict=True))


def cohort_file(kind, name):
    """A table of the cohort: the simulated one, the user's, or the one that is fetched. PLINK's table of
    individuals may hold the phenotypes."""
    if SIMULATED:
        return f"{COHORT}/{name}"
    if FETCHED and kind not in config["cohort"]:
        return f"{COHORT}/{onekg.GENES_FILE if kind == 'genes' else name}"
    return config["cohort"].get(kind) or files_of(CHROMOSOMES[0])[2]


def fetched_files():
    """Names of the files to fetch: those that this run needs, and all that it may."""
    chromosomes = {Path(file).name for c in CHROMOSOMES for file in files_of(c)}
    tables = {onekg.PANEL_FILE, onekg.GENES_FILE}
    return {
        "needed": sorted((chromosomes | tables) & ORIGINS.keys()),
        "possible": sorted(ORIGINS),
    }


def present(paths):
    """Those of a mirror's files or lists that are there, as inputs; a job says what is wrong with the others.
    Absolute, since a module's prefix is not for files that are there before it runs; and of any date, since
    `states` tells of changes and a file server's clock may be ahead."""
    found = [os.path.abspath(path) for path in paths if os.path.isfile(path)]
    return [ancient(path) for path in found]


def states(paths):
    """Bytes and seconds of the last change of those files, in `params`: a file that was replaced by an older
    one, such as `rsync --times` brings, is no newer than what was made of it."""
    found = [os.stat(path) for path in present(paths)]
    return [(state.st_size, int(state.st_mtime)) for state in found]


def mirrored(wildcards):
    """The file to fetch; where its place is a server, no file that is `present`."""
    return [onekg.file_at(ORIGINS[wildcards.file], wildcards.file)]


def known_checksums():
    """MD5s that come with the workflow."""
    return read_checksums(workflow.source_path("../resources/1kg.md5"))


def fetched_before(wildcards):
    """The genotypes of an index: they come first, or htslib would take it for outdated."""
    name = wildcards.file.removesuffix(".tbi")
    return [] if name == wildcards.file else f"{COHORT}/{name}"


def genotype_params():
    """How genotypes and genes are read."""
    cohort = config["cohort"]
    return {
        "source": SOURCE,
        "between": cohort["between_genes"],
        "annotation": {
            "feature": cohort["gene_feature"],
            "name": cohort["gene_name"],
            "attributes": cohort["gene_attributes"],
        },
    }


def cohort_columns():
    """Columns of sample, label and family in the phenotype table."""
    roles = ("sample", "label", "family")
    return [config["cohort"].get(f"{role}_column") for role in roles]


def projected_files(wildcards):
    """The genotypes of another cohort on a chromosome, and the files that belong to them."""
    other = config["projections"][wildcards.projection]
    return genotype_files(
        other["source"], genotype_path(other["path"], wildcards.chrom)
    )


def projected_phenotypes(wildcards):
    """The phenotypes of another cohort, where they are given."""
    return config["projections"][wildcards.projection]["phenotypes"] or []


def missing_calls_of_individuals(wildcards):
    """The missing calls of every chromosome, where individuals are left out for them."""
    if config["quality"]["max_individual_missing"] is None:
        return []
    return [
        f"{config['results']}/genotypes/{chromosome}.missing.tsv"
        for chromosome in CHROMOSOMES
    ]


def dataset_of(wildcards):
    """The dataset that the wildcards of a drawing name."""
    return keys.Dataset.parse(
        f"{wildcards.generator}{wildcards.share}{wildcards.amount}"
    )


def training_file(wildcards):
    """The individuals that a generator is fitted to."""
    real = keys.Dataset.parse(f"{keys.REAL}{wildcards.share}")
    return PLAN.individuals_file(real, wildcards.seed)


def individuals_files(key, seed):
    """The files of the individuals of datasets that are joined."""
    return [PLAN.individuals_file(part, seed) for part in keys.parse_joined(key)]


def evaluations(datasets, classifiers):
    """Results of classifiers on datasets, for every seed."""
    return expand(
        "<results>/evaluation/{dataset}/{classifier}.seed{seed}.json",
        dataset=datasets,
        classifier=classifiers,
        seed=config["seeds"],
    )


def metric_results(metric):
    """Results of a metric for every dataset, the null first, and every seed."""
    return expand(
        "<results>/evaluation/{dataset}/{metric}.seed{seed}.json",
        dataset=PLAN.compared_titles(),
        metric=metric,
        seed=config["seeds"],
    )


def seed_of(*keys):
    """A seed of the job's own, from the run's seed and the job's keys; see `genodiff.runtime.seeds`."""
    return job_seed(config["seed"], *keys)
