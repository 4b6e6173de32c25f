"""What every space promises: one class of tests, run on the space of every backbone, for networks of the
built-in cohort, of the paper's size and next to none."""

from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from snakemake.utils import update_config

from genodiff.diffusion.predictions import build_prediction
from genodiff.diffusion.schedule import build_schedule
from genodiff.networks.backbones import BACKBONES, build_backbone
from genodiff.tuning.spaces import SPACES, modules, overlay
from genodiff.tuning.spaces.base import NETWORK, RECIPE, Choice, Range, Space, scaled
from genodiff.workflow.settings import load
from genodiff.workflow.settings.diffusion import OwnDiffusion

ROOT = Path(__file__).resolve().parents[3]
SIZES = {
    "built-in": ["config/config.yaml"],
    "paper": ["config/mine-like.yaml", "config/paper.yaml"],
    "tiny": ["config/config.yaml", "tests/workflow/tiny.yaml"],
}


def configuration(size, **more):
    config = {}
    for name in SIZES[size]:
        update_config(config, yaml.safe_load((ROOT / name).read_text()))
    config.pop("run_generators", None)
    return config | {"run_generators": list(BACKBONES)} | more


def space_of(size, name):
    config = load(configuration(size))
    entry = config["generators"][name]
    parts = {NETWORK: entry["settings"], RECIPE: entry["diffusion"]}
    return Space(name, parts, config["features"]["pad_genes_to"])


def drawn(space, rng):
    return {
        p.name: float(np.exp(rng.uniform(np.log(p.low), np.log(p.high))))
        if isinstance(p, Range)
        else str(rng.choice(p.texts))
        for p in space.parameters
    }


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", SPACES)
class TestEverySpace:
    def test_contains_the_configured_settings_and_says_so(self, size, name):
        space = space_of(size, name)
        assert space.chosen(space.default()) == space.parts
        for parameter in space.parameters:
            value = space.default()[parameter.name]
            if isinstance(parameter, Range):
                assert parameter.low <= value <= parameter.high
            else:
                assert value == parameter.texts[0]

    def test_tries_something_of_the_network_and_of_the_recipe(self, size, name):
        parts = {parameter.part for parameter in space_of(size, name).parameters}
        assert parts == {NETWORK, RECIPE}

    def test_whatever_is_tried_is_a_valid_configuration(self, size, name):
        space, rng = space_of(size, name), np.random.default_rng(1)
        allowed = set(OwnDiffusion.model_fields)
        for _ in range(12):
            laid = space.changes(drawn(space, rng))
            assert set(laid[RECIPE]) <= allowed - {"epochs", "batch_size", "shrink_scores"}
            settings = overlay(space.parts[NETWORK], laid[NETWORK])
            own = {"kind": "diffusion", "backbone": name, "settings": settings, **laid[RECIPE]}
            found = load(configuration(size, generators={"tried": own}, run_generators=["tried"]))
            whole = space.chosen_from(laid)
            assert found["generators"]["tried"]["settings"] == whole[NETWORK]
            recipe = found["generators"]["tried"]["diffusion"]
            assert {key: recipe[key] for key in laid[RECIPE]} == laid[RECIPE]

    def test_whatever_is_tried_is_a_network(self, size, name):
        if size == "paper":
            pytest.skip("thousands of millions of parameters")
        space, rng = space_of(size, name), np.random.default_rng(2)
        chromosomes = torch.zeros(16, dtype=torch.int64)
        for _ in range(3):
            parts = space.chosen(drawn(space, rng))
            recipe = parts[RECIPE]
            prediction = build_prediction(recipe["prediction"], build_schedule(**recipe["schedule"]))
            network = build_backbone(
                name, 16, 8, 2, parts[NETWORK], chromosomes=chromosomes, prediction=prediction
            )
            if hasattr(network, "prepare"):
                values = rng.standard_normal((60, 16, 8)).astype(np.float32)
                network.prepare(values, np.arange(60) % 2, np.ones((16, 8), bool))
            x = torch.zeros(2, 16, 8)
            assert network(x, torch.full((2,), 0.5), torch.tensor([0, 2])).shape == x.shape


def test_spaces__are_of_backbones_and_a_plugin_has_the_shared_part():
    assert {"unet_cnn", "unet_mlp", "mlp_cnn", "transformer", "baseline", "gene_mixer"} <= set(SPACES)
    assert set(SPACES) <= set(BACKBONES)
    own = space_of("built-in", "unet_mlp")
    plugin = Space("theirs:Net", {NETWORK: {"depth": 3}, RECIPE: own.parts[RECIPE]}, 16)
    shared = [p.name for p in own.parameters if p.part == RECIPE]
    assert [p.name for p in plugin.parameters] == shared
    assert modules("theirs:Net") == modules("unet_mlp")[:1]


def test_gene_mixer__groups_never_become_smaller():
    (own,) = (p for p in space_of("built-in", "gene_mixer").parameters if p.name == "shared_by")
    assert [value["shared_by"] for value in own.values] == [20, 40]


def test_transformer__width_stays_a_multiple_of_its_heads():
    (own,) = (p for p in space_of("built-in", "transformer").parameters if p.name == "width")
    assert sorted(value["width"] for value in own.values) == [48, 96, 192]


def test_choice__a_configured_value_of_its_own_is_added():
    choice = Choice("min_snr", RECIPE, ({"min_snr": None}, {"min_snr": 5}))
    assert choice.around({RECIPE: {"min_snr": 3}}).values == (
        {"min_snr": 3}, {"min_snr": None}, {"min_snr": 5},
    )  # fmt: skip
    assert choice.around({RECIPE: {"min_snr": 5}}).values == ({"min_snr": 5}, {"min_snr": None})


def test_range__is_widened_to_the_configured_value():
    assert Range("learning_rate", RECIPE, 0.1, 0.2).around({RECIPE: {"learning_rate": 0.9}}).high == 0.9


def test_overlay__nested_keys_and_whole_values():
    below = {"a": {"b": 1, "c": 2}, "d": None, "e": [1, 2]}
    assert overlay(below, {"a": {"c": 3}, "d": {"f": 4}, "e": [5]}) == {
        "a": {"b": 1, "c": 3}, "d": {"f": 4}, "e": [5],
    }  # fmt: skip
    assert below == {"a": {"b": 1, "c": 2}, "d": None, "e": [1, 2]}


def test_scaled__rounds_to_a_multiple_that_is_not_zero():
    assert scaled(104, 0.5, 1, 2, multiple=16) == [48, 96, 208]
    assert scaled(1, 0.1) == [1]
