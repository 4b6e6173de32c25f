"""Configurations of older versions are answered with the YAML that says the same now."""

import pytest
import yaml
from snakemake.utils import update_config

from genodiff.runtime.errors import InputError
from genodiff.workflow.settings import load

OLD = """
backbones: [unet_mlp, baseline]
backbone_settings: {unet_mlp: {widths: [32, 16]}}
references: [gaussian]
reference_settings: {gaussian: {rank: 3}, independent: {}}
datasets: {theirs: p.parquet}
cohort: {simulate: {people: 100, genes: 64}}
synthetic: {people: 30}
figures: {umap_people: 20}
quality: {max_person_missing: 0.1}
diffusion: {live_slots: true, epochs: 3}
"""


def answer(config):
    with pytest.raises(InputError) as raised:
        load({"cohort": {"source": "simulate"}} | config)
    return str(raised.value)


def without_old_keys(config, message):
    """The configuration with the YAML of the message in place of the keys that it names."""
    named, text = message.split("belong to an older version of GenoDiff: ")[1].split(
        ". Put this in their place", 1
    )
    for key in named.split(", "):
        section = config
        for part in key.split(".")[:-1]:
            section = section[part]
        del section[key.split(".")[-1]]
    update_config(config, yaml.safe_load(text.split("):\n", 1)[1]))
    return config


def test_old_keys__are_answered_with_new_yaml_that_loads():
    config = yaml.safe_load(OLD)
    config["cohort"]["source"] = "simulate"
    message = answer(config)
    new = load(without_old_keys(config, message))
    assert (
        list(new["generators"])
        == new["run_generators"]
        == ["unet_mlp", "baseline", "gaussian", "theirs"]
    )
    assert new["generators"]["unet_mlp"]["settings"] == {"widths": [32, 16]}
    assert new["generators"]["gaussian"]["rank"] == 3
    assert new["generators"]["theirs"]["path"] == "p.parquet"
    assert (new["cohort"]["simulate"]["individuals"], new["cohort"]["simulate"]["genes"]) == (100, 64)
    assert new["synthetic"]["individuals"] == 30
    assert new["figures"]["umap_individuals"] == 20
    assert new["quality"]["max_individual_missing"] == 0.1
    assert new["diffusion"] == {"recipe": "paper", "unmasked_only": True, "epochs": 3}


@pytest.mark.parametrize(
    ("old", "run"),
    [
        # What an old configuration did not name ran with its defaults.
        ("backbones: [baseline]", ["baseline", "gaussian", "independent", "mosaic"]),
        ("references: []", ["unet_cnn", "unet_mlp", "mlp_cnn", "transformer", "baseline"]),
        ("{backbones: [baseline], references: []}", ["baseline"]),
    ],
)
def test_old_lists__become_run_generators(old, run):
    config = {"cohort": {"source": "simulate"}} | yaml.safe_load(old)
    assert load(without_old_keys(config, answer(config)))["run_generators"] == run


def test_old_datasets__alone_run_beside_all_others():
    config = {"cohort": {"source": "simulate"}, "datasets": {"theirs": "p.parquet"}}
    new = load(without_old_keys(config, answer(config)))
    assert new["run_generators"][-1] == "theirs"
    assert len(new["run_generators"]) == 10


@pytest.mark.parametrize("name", ["unet_mlp", "gaussian", "real", "a b", "1kg", "ä"])
def test_old_datasets__of_any_name_load(name):
    """A name of a built-in generator is merged with its settings, also with those of config.yaml."""
    config = {
        "cohort": {"source": "simulate"}, "datasets": {name: "p.parquet"}, "backbones": ["unet_mlp"],
        "backbone_settings": {"unet_mlp": {"widths": [32, 16]}},
    }  # fmt: skip
    new = load(without_old_keys(config, answer(config)))
    (external,) = (n for n, own in new["generators"].items() if own["kind"] == "external")
    assert new["run_generators"] == ["unet_mlp", "gaussian", "independent", "mosaic", external]
    assert new["generators"][external]["path"] == "p.parquet"
    assert new["generators"]["unet_mlp"]["settings"]["widths"] == [32, 16]


def test_a_built_in_name_may_be_given_to_another_kind(loaded):
    entry = loaded("generators: {unet_mlp: {kind: gaussian, rank: 3}}")["generators"]["unet_mlp"]
    assert (entry["kind"], entry["rank"], entry["title"]) == ("gaussian", 3, "unet_mlp")


def test_launcher__is_gone_and_the_message_says_why():
    message = answer({"launcher": "torchrun"})
    assert "launcher: remove it" in message
    assert "one node" in message
    assert "older version" not in message


@pytest.mark.parametrize(
    "old", ["backbones: 3", "backbone_settings: [1]", "datasets: x", "cohort: {simulate: 3}"]
)
def test_old_keys__of_wrong_types_are_no_crash(old):
    assert answer(yaml.safe_load(old))
