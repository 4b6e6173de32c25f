# Settings, the library's code, and functions that rules use. No rules here.
import os
import re
import sys
from functools import cache
from pathlib import Path

import yaml
from snakemake.exceptions import WorkflowError
from snakemake.utils import validate

# Each script and library file is registered as a source of this workflow, so that it travels with it.
MANIFEST = (
    Path(workflow.source_path("../workflow/scripts/MANIFEST")).read_text().split()
)
SOURCES = {
    name: workflow.source_path(f"../workflow/scripts/{name}") for name in MANIFEST
}
sys.path.insert(0, str(Path(SOURCES["genodiff/__init__.py"]).parents[1]))

from genodiff import config as settings
from genodiff.backbones import BACKBONES
from genodiff.classifiers import CLASSIFIERS
from genodiff.diffusion.samplers import SAMPLERS
from genodiff.errors import InputError
from genodiff.genotypes.chromosomes import genotype_path
from genodiff.provenance import code_hash, job_seed
from genodiff.recipes import resolve

code_of = cache(code_hash)


def checked_config():
    """The configuration with the schema's defaults, or a message about what is wrong with it."""
    try:
        validate(config, "../config/schema.yaml")
    except WorkflowError as error:
        schema = Path(workflow.source_path("../config/schema.yaml")).read_text()
        found = settings.explain(config, yaml.safe_load(schema))
        raise WorkflowError(
            f"The configuration is not usable:\n{found}" if found else error
        ) from None
    try:
        settings.check(config)
        # Targets are compared as text: results/mine/ and ./results/mine are results/mine.
        config["results"] = os.path.normpath(config["results"])
        return settings.chromosomes(config)
    except InputError as error:
        raise WorkflowError(str(error)) from None


CHROMOSOMES = checked_config()
RECIPE = resolve(config["diffusion"])
SIMULATED = config["cohort"]["source"] == "simulate"
COHORT = f"{config['results']}/cohort"
# Datasets in the order of the tables, and their titles.
DATASETS = (
    {"real": "Real"}
    | {name: BACKBONES[name].title for name in config["backbones"]}
    | {name: name for name in config["datasets"]}
)


def vcf_of(chromosome):
    """The genotype file that holds a chromosome."""
    if SIMULATED:
        return f"{COHORT}/chr{chromosome}.vcf.gz"
    return genotype_path(config["cohort"]["vcf"], chromosome)


def cohort_file(kind, name):
    """A table of the cohort: the simulated one, or the user's."""
    return f"{COHORT}/{name}" if SIMULATED else config["cohort"][kind]


def dataset_file(wildcards):
    """The tensor file that a dataset's classifiers train on."""
    if wildcards.dataset == "real":
        return f"{config['results']}/tensors/train.parquet"
    if wildcards.dataset in config["datasets"]:
        return config["datasets"][wildcards.dataset]
    return f"{config['results']}/synthetic/{wildcards.dataset}/seed{wildcards.seed}.parquet"


def seed_of(*keys):
    """A seed of the job's own, from the run's seed and the job's keys; see `genodiff.provenance`."""
    return job_seed(config["seed"], *keys)
