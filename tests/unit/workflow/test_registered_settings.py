"""Models of settings, registries, the code that takes the settings, and the files in config/ agree."""

from dataclasses import fields
from inspect import signature

import pandas as pd
import pytest
import yaml
from jsonschema import Draft202012Validator

from genodiff.cohort.label_mix import SyntheticSize
from genodiff.cohort.split import split_individuals
from genodiff.diffusion import SCHEDULES
from genodiff.diffusion.samplers import SAMPLERS, SETTINGS
from genodiff.evaluation.classifier_training import ClassifierTraining
from genodiff.evaluation.compare_job import Comparison
from genodiff.evaluation.release_size import Shares
from genodiff.networks.backbones import BACKBONES
from genodiff.networks.classifiers import CLASSIFIERS
from genodiff.registry import Settings
from genodiff.runtime.errors import InputError
from genodiff.simulation.settings import SimulationSettings
from genodiff.training.trainer import TrainingSettings
from genodiff.workflow.recipes import RECIPES
from genodiff.workflow.settings.diffusion import Overrides, Schedule
from genodiff.workflow.settings.documents import descriptions, documents, schema
from genodiff.workflow.settings.paths import chromosomes

# Arguments that a network gets from the data.
GIVEN = {"genes", "components", "classes", "mask", "chromosomes", "prediction"}
DEFAULT = "config/config.yaml"


@pytest.mark.parametrize("registry", [BACKBONES, CLASSIFIERS, SCHEDULES])
def test_settings__are_the_arguments_of_each_class(registry):
    for name, entry in registry.items():
        arguments = set(signature(entry.load()).parameters) - GIVEN
        assert set(entry.settings.model_fields) == arguments, name


def test_settings__of_samplers_are_keys_of_a_recipe():
    for name, entry in SAMPLERS.items():
        own = SETTINGS.get(name, ())
        assert set(signature(entry.load()).parameters) == {"schedule", *own}
        assert set(own) <= set(Overrides.model_fields)


def test_sections__are_what_the_code_takes(loaded):
    config = loaded("{}")
    names = {field.name for field in fields(ClassifierTraining)}
    assert names == set(config["classifier_training"])
    # The repeats and members of attacks are in a section of their own.
    names = {field.name for field in fields(Comparison)} - {"attack_repeats", "attack_members"}
    assert names == set(config["comparison"])
    assert set(config["privacy"]) == {"reference", "repeats", "members", "release_size"}
    assert {field.name for field in fields(Shares)} == set(config["privacy"]["release_size"])
    assert {field.name for field in fields(SyntheticSize)} == set(config["synthetic"]) - {
        "forms",
        "keep",
        "memory_mb",
    }
    assert {field.name for field in fields(SimulationSettings)} == set(config["cohort"]["simulate"])
    recipe = config["generators"]["unet_mlp"]["diffusion"]
    assert {field.name for field in fields(TrainingSettings)} <= set(recipe)


def test_recipes__have_every_key_and_pass_as_overrides():
    for recipe in RECIPES.values():
        assert set(recipe) == set(Overrides.model_fields)
        assert Overrides.model_validate(recipe).model_dump(exclude_unset=True) == recipe
    keys = {key for entry in SCHEDULES.values() for key in entry.settings.model_fields}
    assert set(Schedule.model_fields) == {"name"} | keys


def all_models(model):
    return [model, *(below for own in model.__subclasses__() for below in all_models(own))]


@pytest.mark.slow
def test_documents__are_those_that_make_config_docs_writes(root):
    for path, text in documents(root / "config").items():
        assert path.read_text() == text, f"{path.name}: run make config-docs"


def test_documents__have_a_table_for_every_key(root, loaded):
    page = (root / "config/README.md").read_text()
    for section, own in loaded("{}").items():
        if isinstance(own, dict) and section not in (
            "generators",
            "diffusion",
            "projections",
            "release",
        ):
            # A classifier without settings has no row.
            keys = [key for key in own if section != "classifier_settings" or own[key]]
            assert [key for key in keys if f"| `{section}.{key}" not in page] == []
        else:
            assert f"## {section.title()}" in page or f"| `{section}` |" in page
    keys = [*Overrides.model_fields, "kind", "title", "path", "rank", "genes_per_block"]
    assert [key for key in keys if f"| `{key}" not in page] == []


def test_every_key__has_a_description():
    models = [model for model in all_models(Settings) if model.__module__.startswith("genodiff.")]
    assert len(models) > 30
    for model in models:
        sections = {
            name for name, field in model.model_fields.items() if isinstance(field.default, Settings)
        }
        assert set(model.model_fields) - set(descriptions(model)) <= sections, model


@pytest.mark.slow
def test_schema__is_one_and_takes_what_is_taken(root, loaded):
    found = schema()
    Draft202012Validator.check_schema(found)
    validator = Draft202012Validator(found)
    for name in (DEFAULT, "config/1kg.yaml", "config/als.yaml", "tests/workflow/tiny.yaml"):
        config = {"cohort": {"source": "simulate"}} | yaml.safe_load((root / name).read_text())
        assert list(validator.iter_errors(config)) == [], name
    for wrong in ({"seds": []}, {"diffusion": {"epochs": 0}}, {"split": {"test_fraction": 1}}):
        assert not validator.is_valid({"cohort": {"source": "simulate"}} | wrong)


@pytest.mark.parametrize(
    "names",
    [
        [], ["tests/workflow/tiny.yaml"], ["tests/workflow/tiny.yaml", "tests/slurm/small.yaml"],
        ["tests/real/1kg-hm3.yaml"], ["config/mine-like.yaml"], ["config/1kg.yaml"],
        ["config/paper.yaml", "config/1kg.yaml"],
    ],
)  # fmt: skip
def test_config_files__are_usable(loaded, names):
    assert loaded(DEFAULT, *names)


def test_paper_yaml__is_the_papers_recipe_and_sizes_on_top_of_the_default_configuration(loaded):
    config, defaults = loaded(DEFAULT, "config/paper.yaml"), loaded("{}")
    for section in ("generators", "classifier_settings", "classifier_training", "features"):
        assert config[section] == defaults[section], section
    assert config["generators"]["unet_mlp"]["diffusion"] == RECIPES["paper"]


@pytest.fixture(scope="module")
def als(loaded):
    return loaded(DEFAULT, "config/paper.yaml", "config/als.yaml")


def test_als_yaml__has_the_papers_sizes_and_luos_quality_control(als, loaded):
    defaults = loaded("{}")
    for section in ("generators", "classifier_training", "features", "split"):
        assert als[section] == defaults[section], section
    assert als["quality"] == defaults["quality"] | {"max_association_p": 0.05}
    assert als["quality"]["max_missing"] == 0
    assert als["cohort"]["batch_column"] == "batch"
    # 18,279 genes are padded to the paper's 18,432.
    multiple = als["features"]["pad_genes_to"]
    assert -(-18_279 // multiple) * multiple == 18_432


@pytest.mark.parametrize("balance", [False, True])
def test_als_yaml__tests_520_cases_and_520_controls(als, balance):
    labels = ["case"] * 3_192 + ["control"] * 7_213
    individuals = pd.DataFrame({"label": labels, "batch": "one"}, dtype=object)
    individuals["sample"] = individuals["family"] = individuals.index.astype(str)
    fractions = [als["split"][f"{name}_fraction"] for name in ("test", "validation")]
    sets = split_individuals(individuals, *fractions, 0, balance)
    counts = individuals["label"][sets == "test"].value_counts().to_dict()
    assert counts == {"case": 520, "control": 520}


def test_als_yaml__paths_are_to_be_filled_in_and_it_says_so(als):
    with pytest.raises(InputError, match=r"cohort\.plink1: no file 'path/to/mine\.bed'"):
        chromosomes(als)
