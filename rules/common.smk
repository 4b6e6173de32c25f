# Settings, the library's code, and functions for the rules; this file has no rules.
import os
import re
import subprocess
import sys
from copy import deepcopy
from functools import cache
from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.logging import logger

# Register each script and library file as a source of this workflow, so that Snakemake deploys it with the workflow.
MANIFEST = (
    Path(workflow.source_path("../workflow/scripts/MANIFEST")).read_text().split()
)
SOURCES = {
    name: workflow.source_path(f"../workflow/scripts/{name}") for name in MANIFEST
}
sys.path.insert(0, str(Path(SOURCES["genodiff/__init__.py"]).parents[1]))

from genodiff.workflow import settings
from genodiff.workflow.settings.command_line import retyped
from genodiff.workflow.settings.paths import (
    annotation,
    check_file,
    check_folder,
    chromosomes,
    make_paths_absolute,
    projection_files,
)
from genodiff.workflow.settings.repeated_keys import check_repeated_keys
from genodiff.features import simulates_panel
from genodiff.features.decoders import DECODERS
from genodiff.diffusion.predictions import PREDICTIONS
from genodiff.diffusion.samplers import SAMPLERS
from genodiff.networks.backbones import BACKBONES
from genodiff.networks.classifiers import CLASSIFIERS
from genodiff.evaluation import ATTACKING, METRICS
from genodiff.evaluation.attacks import ATTACKS
from genodiff.evaluation.denoising import ANALYTIC
from genodiff.evaluation.fidelity import FIDELITY
from genodiff.downloads import onekg
from genodiff.downloads.checksums import LIST_NAME, read_checksums
from genodiff.runtime.errors import InputError
from genodiff.genotypes.chromosomes import genotype_path
from genodiff.genotypes.readers import READERS
from genodiff.genotypes.readers.files import genotype_files
from genodiff.release.writers import WRITERS
from genodiff.tuning import spaces
from genodiff.workflow.code_hash import code_hash
from genodiff.runtime.seeds import job_seed
from genodiff.generators import KINDS, NETWORKS, dataset as keys
from genodiff.workflow.plan import Plan
from genodiff.workflow.recipes import resolve
from genodiff.workflow.scheduling import one_timer_at_a_time
from genodiff.workflow.terminal import prepare_terminal

# Cache of the contigs of genotype files with all chromosomes, since each job process also parses this file.
CONTIGS = ".snakemake/genodiff.contigs.json"


# Whether another workflow uses this one; its rules may make inputs that do not exist yet.
MODULE = workflow.modifier.parent_modifier is not None
# What splits.smk tells a run on another split: its number, and the results of the run of which it is a part.
OTHER_SPLIT = "other_split"
PART = config.get(OTHER_SPLIT) if MODULE else None
if PART:

    # Snakemake's own report shows the main split only.
    def report(path, **_):
        return path


# The configuration as given.
GIVEN = deepcopy({k: v for k, v in config.items() if not (PART and k == OTHER_SPLIT)})


def checked_config():
    """Complete `config` and return the chromosomes, and those without a gene, which are not read; an invalid
    configuration raises WorkflowError."""
    try:
        check_repeated_keys(workflow.configfiles)
        config.update(settings.load(retyped(GIVEN, workflow.config_settings.config)))
        # A module's prefix is added to every relative path, but must not be added to existing files.
        if workflow.modifier.path_modifier.replace_prefix("any") != "any":
            make_paths_absolute(config, PART["of"] if PART else config["results"])
        used, unread = chromosomes(config, cache=CONTIGS)
        if not MODULE:
            check_folder("results", config["results"])
            for name, other in config["projections"].items():
                for chromosome in used:
                    projection_files(name, other, chromosome)
        return used, unread
    except InputError as error:
        raise WorkflowError(str(error)) from None


if workflow.is_main_process:
    one_timer_at_a_time()
    prepare_terminal(logger, workflow.output_settings, workflow.resource_settings.cores)

CHROMOSOMES, UNREAD = checked_config()
GPUS = 0 if config["device"] == "cpu" else config["gpus"]
PLAN = Plan(config)
SIMULATED = config["cohort"]["source"] == "simulate"
FETCHED = config["cohort"]["source"] == onekg.SOURCE
# The format of the genotypes; simulated and downloaded ones are read like a user's VCF.
SOURCE = "vcf" if SIMULATED or FETCHED else config["cohort"]["source"]
# The folder of this file; the main Snakefile may belong to a workflow that uses this one as a module.
HERE = workflow.current_basedir.get_path_or_uri(secret_free=True)
# Whether individuals have batches; Table 1 then has the line "Batch only".
BATCHES = config["cohort"].get("batch_column") is not None
# Code of every format, since a projected cohort may have another one than this cohort.
ALL_READERS = [reader.reference for reader in READERS.values()]
# Thresholds for SNPs; the split applies the threshold for individuals.
QUALITY = {
    key: value
    for key, value in config["quality"].items()
    if key != "max_individual_missing"
}
DECODER = config["features"]["decoder"]
# The results of the run to which cohort and panel belong.
WHOLE = PART["of"] if PART else config["results"]
COHORT = f"{WHOLE}/cohort"
# The results of a run on a public panel from which features are taken, and whether that panel is simulated.
PANEL = simulates_panel(config)
BASIS = f"{WHOLE}/panel" if PANEL else config["features"]["basis"]
# Files to download, and the folder or server of each.
ORIGINS = onekg.origins(config["cohort"]) if FETCHED else {}
# Classifiers of the experiments that may use only some of them.
SIZE_CLASSIFIERS, SHARE_CLASSIFIERS, LABEL_CLASSIFIERS = (
    config[part]["classifiers"] or config["classifiers"][:1]
    for part in ("size", "augmentation", "labels")
)
# The rows of the metric `neighbours` are Tables 2 and 3; every other metric has a table of its name.
METRIC_TABLES = [name for name in METRICS if name != "neighbours"]
# The folders to hand out.
RELEASES = [
    f"<results>/release/{name}/seed{seed}/SHA256SUMS"
    for name in config["release"]
    for seed in config["seeds"]
]
# Generators of whose individuals parts are attacked.
PARTLY_RELEASED = (
    list(config["release"]) if all(config["privacy"]["release_size"].values()) else []
)
# The diffusion models of the run.
TRAINED = [name for name in PLAN.run if PLAN.is_kind(name, "diffusion")]
FIGURES = ["figure3", "figure4", "denoising"] * bool(TRAINED)
FIGURES += ["figure5", "variance", "privacy"]
FIGURES += ["release_size"] * bool(PARTLY_RELEASED)
FIDELITY_FIGURES = [
    "fidelity_frequency",
    "fidelity_ld",
    "fidelity_pca",
    "fidelity_manhattan",
    "fidelity_effect",
]
# Genetic fidelity is that of decoded individuals, the null first.
FIDELITY_TITLES = {keys.NULL: keys.NULL_TITLE} | {
    key: entry["title"] for key, entry in PLAN.shown(form=keys.GENOTYPES).items()
}
HAS_FIDELITY = keys.GENOTYPES in PLAN.forms
FIGURES += FIDELITY_FIGURES * HAS_FIDELITY
FIGURES += ["size"] * bool(PLAN.sizes()) + ["augmentation"] * bool(PLAN.percents)
FIGURES += ["labels"] * bool(PLAN.labelled)


def kept(path):
    """A tensor file of synthetic individuals as an output, temporary if the configuration says so."""
    return path if config["synthetic"]["keep"] else temp(path)


def any_of(names):
    """Regular expression that matches exactly these names."""
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
    """The workflow's git commit, or an empty string outside of a clone."""
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


def panel_bcf_of(chromosome):
    """The simulated genotypes of the panel on a chromosome."""
    return f"{BASIS}/cohort/chr{chromosome}.bcf"


def panel_config():
    """The configuration of the run on the simulated panel, whose files this run simulates."""
    simulated = config["cohort"]["simulate"] | {"panel": 0}
    cohort = {"source": "simulate", "simulate": simulated}
    # Nothing is trained or evaluated there.
    least = {"run_generators": ["independent"], "classifiers": ["mlp"], "release": []}
    same = {key: config[key] for key in ("seed", "features", "container")}
    quality = config["quality"] | {"max_individual_missing": None}
    return {"results": BASIS, "cohort": cohort, "quality": quality} | least | same


def genotypes_of(chromosome):
    """The file that holds a chromosome's genotypes."""
    if SIMULATED:
        return bcf_of(chromosome)
    if FETCHED:
        return f"{COHORT}/{onekg.vcf_file(chromosome)}"
    return genotype_path(config["cohort"][SOURCE], chromosome)


@cache
def files_of(chromosome):
    """The genotype file of a chromosome and its companions: the index, or PLINK's tables."""
    if SIMULATED:
        return [bcf_of(chromosome), f"{bcf_of(chromosome)}.csi"]
    if FETCHED:
        return [genotypes_of(chromosome), f"{genotypes_of(chromosome)}.tbi"]
    return genotype_files(SOURCE, genotypes_of(chromosome))


def paths_of(files):
    """Genotype file by chromosome, from the files of all chromosomes, which include the prefix of a module."""
    each = len(files) // len(CHROMOSOMES)
    return dict(zip(CHROMOSOMES, map(str, files[::each]), strict=True))


def cohort_file(kind, name):
    """A table of the cohort: simulated, the user's or downloaded. PLINK's table of individuals may contain the
    phenotypes."""
    if BASIS and kind == "genes":
        return f"{BASIS}/genotypes/genes.bed"
    if SIMULATED:
        return f"{COHORT}/{name}"
    if FETCHED and kind not in config["cohort"]:
        return f"{COHORT}/{onekg.GENES_FILE if kind == 'genes' else name}"
    return config["cohort"].get(kind) or files_of(CHROMOSOMES[0])[2]


def cohort_files():
    """All files of the cohort."""
    genotypes = [file for chromosome in CHROMOSOMES for file in files_of(chromosome)]
    tables = cohort_file("genes", "genes.bed"), cohort_file(
        "phenotypes", "phenotypes.tsv"
    )
    return [*genotypes, *tables]


def existing(setting, path, hint=""):
    """The path of a user's file; if it does not exist and no rule makes it, WorkflowError with its setting."""
    if not MODULE and not is_made(path):
        try:
            check_file(setting, path, hint)
        except InputError as error:
            raise WorkflowError(str(error)) from None
    return path


def cohort_table(kind, name):
    """Input function of a table of the cohort; see `cohort_file`."""
    return lambda wildcards: existing(f"cohort.{kind}", cohort_file(kind, name))


def fetched_files():
    """Names of the files to download: `needed` by this run, and all `possible` ones."""
    chromosomes = {Path(file).name for c in CHROMOSOMES for file in files_of(c)}
    tables = {onekg.PANEL_FILE, onekg.GENES_FILE}
    return {
        "needed": sorted((chromosomes | tables) & ORIGINS.keys()),
        "possible": sorted(ORIGINS),
    }


def present(paths):
    """The existing ones of a mirror's files or lists, as inputs; a job reports the missing ones. Paths are
    absolute, since a module's prefix must not be added to existing files. Dates are ignored, since
    `states` detects changes and a file server's clock may be ahead."""
    found = [os.path.abspath(path) for path in paths if os.path.isfile(path)]
    return [ancient(path) for path in found]


def states(paths):
    """Size and modification time of those of these files that exist and that this workflow does not make, for
    `params`: they also detect the replacement of a file by an older one, as by `rsync --times`.
    """
    own = [path for path in map(str, paths) if not is_made(path)]
    found = [os.stat(path) for path in own if os.path.isfile(path)]
    return [(state.st_size, int(state.st_mtime)) for state in found]


def is_made(path):
    """Whether a path is in a folder of results that this workflow writes."""
    first = os.path.relpath(path, WHOLE).split(os.sep)[0]
    made = (
        "cohort",
        "panel",
        "projected",
        "synthetic",
        "references",
        "tensors",
        "splits",
    )
    return first in made


def mirrored(wildcards):
    """The file to download, by path or URL; `present` ignores URLs."""
    return [onekg.file_at(ORIGINS[wildcards.file], wildcards.file)]


def known_checksums():
    """MD5s that the workflow contains."""
    return read_checksums(workflow.source_path("../resources/1kg.md5"))


def fetched_before(wildcards):
    """The genotypes of an index; they are downloaded first, or htslib would consider the index outdated."""
    name = wildcards.file.removesuffix(".tbi")
    return [] if name == wildcards.file else f"{COHORT}/{name}"


def genotype_params():
    """Parameters of reading genotypes and genes."""
    cohort = config["cohort"]
    return {
        "source": SOURCE,
        "between": cohort["between_genes"],
        "annotation": annotation(cohort),
    }


def cohort_columns():
    """Columns of sample, label and family in the phenotype table."""
    roles = ("sample", "label", "family")
    return [config["cohort"].get(f"{role}_column") for role in roles]


def projection_of(wildcards):
    """The settings of another cohort."""
    return config["projections"][wildcards.projection]


def projected_files_of_chromosome(wildcards):
    """The genotypes of another cohort on a chromosome, and the files that belong to them."""
    return projection_files(
        wildcards.projection, projection_of(wildcards), wildcards.chrom
    )


def projected_files(wildcards):
    """The genotypes of another cohort, chromosome by chromosome, and the files that belong to them."""
    other = projection_of(wildcards)
    return [
        file
        for chromosome in CHROMOSOMES
        for file in projection_files(wildcards.projection, other, chromosome)
    ]


def projected_phenotypes(wildcards):
    """The phenotypes of another cohort, if given."""
    phenotypes = projection_of(wildcards)["phenotypes"]
    setting = f"projections.{wildcards.projection}.phenotypes"
    return [existing(setting, phenotypes)] if phenotypes else []


def missing_calls_of_individuals(wildcards):
    """The missing calls of every chromosome, if individuals are excluded by them."""
    if config["quality"]["max_individual_missing"] is None:
        return []
    return [f"{WHOLE}/genotypes/{chromosome}.missing.tsv" for chromosome in CHROMOSOMES]


def seed_of(*keys):
    """Seed of a job, derived from the run's seed and the job's keys; see `genodiff.runtime.seeds`."""
    return job_seed(config["seed"], *keys)
