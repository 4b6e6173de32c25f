"""The schema, the registries and the code that takes the settings say the same."""

from dataclasses import fields
from inspect import signature

import pandas as pd
import pytest
import yaml
from genodiff.diffusion.objective import PREDICTIONS
from genodiff.diffusion.sample_job import sample_job
from genodiff.workflow.config import check, chromosomes, explain
from jsonschema import Draft202012Validator
from snakemake.utils import update_config

from genodiff.cohort.label_mix import SyntheticSize
from genodiff.cohort.split import split_individuals
from genodiff.diffusion.samplers import SAMPLERS, SETTINGS
from genodiff.diffusion.schedule import build_schedule
from genodiff.evaluation.classifier_training import ClassifierTraining
from genodiff.evaluation.compare_job import Comparison
from genodiff.generators import REFERENCES
from genodiff.networks.backbones import BACKBONES
from genodiff.networks.classifiers import CLASSIFIERS
from genodiff.runtime.errors import InputError
from genodiff.training.trainer import TrainingSettings
from genodiff.workflow.recipes import RECIPES, SCHEDULES, resolve

# Arguments that a network or a reference gets from the data.
GIVEN = {"genes", "components", "classes", "x", "features", "mask"}


def test_schema__is_a_schema(schema):
    Draft202012Validator.check_schema(schema)


def test_schema__enums_are_the_registries(schema):
    top = schema["properties"]
    assert top["backbones"]["items"]["enum"] == top["backbones"]["default"] == list(BACKBONES)
    assert top["classifiers"]["items"]["enum"] == top["classifiers"]["default"] == list(CLASSIFIERS)
    assert top["references"]["items"]["enum"] == top["references"]["default"] == list(REFERENCES)
    assert set(top["reference_settings"]["properties"]) == set(REFERENCES)
    assert set(top["size"]["properties"]["classifiers"]["items"]["enum"]) == set(CLASSIFIERS)
    augmentation = top["augmentation"]["properties"]
    assert set(augmentation["generators"]["items"]["enum"]) == {*BACKBONES, *REFERENCES}
    assert set(augmentation["classifiers"]["items"]["enum"]) == set(CLASSIFIERS)
    diffusion = top["diffusion"]["properties"]
    assert diffusion["sampler"]["enum"] == list(SAMPLERS)
    assert diffusion["prediction"]["enum"] == list(PREDICTIONS)
    assert diffusion["recipe"]["enum"] == list(RECIPES)
    assert diffusion["schedule"]["properties"]["name"]["enum"] == list(SCHEDULES)


def test_schema__schedule_keys_are_those_of_the_schedules(schema):
    keys = schema["properties"]["diffusion"]["properties"]["schedule"]["properties"]
    assert set(keys) == {key for schedule in SCHEDULES.values() for key in schedule}


@pytest.mark.parametrize(
    ("section", "registry"),
    [
        ("backbone_settings", BACKBONES),
        ("classifier_settings", CLASSIFIERS),
        ("reference_settings", REFERENCES),
    ],
)
def test_schema__settings_are_the_arguments_of_each_class(defaults, section, registry):
    assert set(defaults[section]) == set(registry)
    for name, entry in registry.items():
        arguments = set(signature(entry.load()).parameters) - GIVEN
        assert set(defaults[section][name]) == arguments, name


def test_schema__sampler_settings_are_the_arguments_of_each_class(schema):
    for name, entry in SAMPLERS.items():
        own = SETTINGS.get(name, ())
        assert set(signature(entry.load()).parameters) == {"schedule", "mask", *own}
        assert set(own) <= set(schema["properties"]["diffusion"]["properties"])


def test_schema__jobs_take_what_the_sections_hold(defaults):
    amount = {f.name for f in fields(SyntheticSize)}
    assert set(defaults["synthetic"]) - amount <= set(signature(sample_job).parameters)
    assert amount <= set(defaults["synthetic"])
    assert set(defaults["comparison"]) == {f.name for f in fields(Comparison)}
    assert set(defaults["classifier_training"]) == {f.name for f in fields(ClassifierTraining)}
    assert {f.name for f in fields(TrainingSettings)} <= set(resolve(defaults["diffusion"]))


def test_schema__overridable_keys_are_those_of_the_recipe(schema):
    keys = set(schema["properties"]["diffusion"]["properties"]) - {"recipe"}
    assert keys == set(RECIPES["paper"])


@pytest.mark.parametrize("name", SCHEDULES)
def test_recipes__schedules_can_be_built(name):
    assert build_schedule(**SCHEDULES[name]).steps == SCHEDULES[name]["steps"]


def test_recipes__pass_the_schema_as_overrides(schema):
    for recipe in RECIPES.values():
        config = {"cohort": {"source": "simulate"}, "diffusion": recipe}
        assert explain(config, schema) == ""


def test_schema__defaults_are_valid_by_themselves(defaults, schema):
    assert explain(defaults, schema) == ""
    check(defaults)


def test_schema__defaults_are_the_papers(defaults):
    backbones = defaults["backbone_settings"]
    assert backbones["baseline"] == {"width": 1024}
    assert backbones["unet_mlp"] == backbones["mlp_cnn"]["unet_mlp"] == {"widths": [1024, 512, 256]}
    assert backbones["unet_cnn"] == backbones["mlp_cnn"]["unet_cnn"]
    assert backbones["unet_cnn"]["multipliers"] == [1, 1, 1, 1, 2, 2, 3, 4]
    assert backbones["transformer"] == {"genes_per_token": 16, "width": 384, "layers": 12, "heads": 6}
    assert defaults["features"]["pad_genes_to"] == 2**11
    assert defaults["features"]["components"] == 8


def test_schema__every_object_refuses_unknown_keys(schema):
    def walk(part, where):
        if isinstance(part, dict):
            if part.get("type") == "object" and "properties" in part:
                assert part.get("additionalProperties") is False, where
            for key, value in part.items():
                walk(value, f"{where}.{key}")

    walk(schema, "schema")


@pytest.mark.parametrize("name", ["config/config.yaml", "tests/workflow/tiny.yaml"])
def test_config_file__is_usable(root, schema, fill, name):
    config = yaml.safe_load((root / name).read_text())
    assert explain(config, schema) == ""
    check(fill(config))


def test_paper_yaml__is_the_papers_recipe_and_sizes_on_top_of_the_default_configuration(
    root, fill, defaults
):
    merged = yaml.safe_load((root / "config/config.yaml").read_text())
    update_config(merged, yaml.safe_load((root / "config/paper.yaml").read_text()))
    config = fill(merged)
    assert resolve(config["diffusion"]) == RECIPES["paper"]
    for section in ("backbone_settings", "classifier_settings", "classifier_training", "features"):
        assert config[section] == defaults[section], section
    check(config)


def on_top_of_the_default_configuration(root, name):
    merged = yaml.safe_load((root / "config/config.yaml").read_text())
    update_config(merged, yaml.safe_load((root / name).read_text()))
    return merged


def test_als_yaml__has_the_papers_recipe_and_sizes_and_luos_quality_control(root, fill, defaults):
    config = fill(on_top_of_the_default_configuration(root, "config/als.yaml"))
    check(config)
    paper = fill(on_top_of_the_default_configuration(root, "config/paper.yaml"))
    for section in ("diffusion", "backbone_settings", "classifier_settings", "classifier_training"):
        assert config[section] == paper[section], section
    for section in ("features", "split"):
        assert config[section] == defaults[section], section
    assert config["quality"] == defaults["quality"] | {"max_association_p": 0.05}
    assert config["quality"]["max_missing"] == 0
    assert config["cohort"]["batch_column"] == "batch"
    # 18,279 genes are padded to the paper's 18,432.
    assert (
        -(-18_279 // config["features"]["pad_genes_to"]) * config["features"]["pad_genes_to"] == 18_432
    )


@pytest.mark.parametrize("balance", [False, True])
def test_als_yaml__tests_520_cases_and_520_controls(root, fill, balance):
    split = fill(on_top_of_the_default_configuration(root, "config/als.yaml"))["split"]
    labels = ["case"] * 3_192 + ["control"] * 7_213
    individuals = pd.DataFrame({"label": labels, "batch": "one"}, dtype=object)
    individuals["sample"] = individuals["family"] = individuals.index.astype(str)
    fractions = split["test_fraction"], split["validation_fraction"]
    sets = split_individuals(individuals, *fractions, 0, balance)
    assert individuals["label"][sets == "test"].value_counts().to_dict() == {"case": 520, "control": 520}


def test_als_yaml__paths_are_to_be_filled_in_and_it_says_so(root, fill):
    config = fill(on_top_of_the_default_configuration(root, "config/als.yaml"))
    with pytest.raises(InputError, match=r"cohort\.plink1: no file 'path/to/mine\.bed'"):
        chromosomes(config)
