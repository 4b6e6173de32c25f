"""Recipes, and what a configuration puts on top of them."""

from copy import deepcopy

import pytest

from genodiff.workflow import recipes
from genodiff.workflow.recipes import RECIPES, SCHEDULES, resolve


def test_resolve__paper_is_the_papers():
    assert resolve({"recipe": "paper"}) == {
        "schedule": {"name": "linear", "steps": 1000, "beta_start": 1e-4, "beta_end": 0.02},
        "learning_rate": 2e-4,
        "warmup_steps": 100,
        "epochs": 100,
        "batch_size": 32,
        "gradient_clip": None,
        "ema_half_life": None,
        "precision": "auto",
        "compile": "auto",
        "unmasked_only": False,
        "prediction": "noise",
        "min_snr": None,
        "sampler": "ancestral",
        "sampler_steps": None,
        "eta": 0.0,
    }


def test_resolve__what_the_configuration_says_comes_first():
    found = resolve({"recipe": "paper", "epochs": 3, "warmup_steps": 0, "learning_rate": None})
    assert (found["epochs"], found["warmup_steps"], found["learning_rate"]) == (3, 0, 2e-4)
    assert found["schedule"] == RECIPES["paper"]["schedule"]
    assert "recipe" not in found


def test_resolve__schedule_keeps_the_recipes_other_keys():
    found = resolve({"recipe": "paper", "schedule": {"steps": 50, "beta_end": 0.3}})["schedule"]
    assert found == {"name": "linear", "steps": 50, "beta_start": 1e-4, "beta_end": 0.3}


def test_resolve__another_schedule_brings_its_own_defaults():
    found = resolve({"recipe": "paper", "schedule": {"name": "cosine"}})["schedule"]
    assert found == {"name": "cosine", "steps": 500, "offset": 0.008}
    found = resolve({"recipe": "paper", "schedule": {"name": "cosine", "steps": 7}})["schedule"]
    assert found == {"name": "cosine", "steps": 7, "offset": 0.008}


@pytest.mark.parametrize(
    ("schedule", "message"),
    [
        ({"offset": 0.1}, "diffusion.schedule: offset do not go with 'linear'"),
        ({"name": "cosine", "beta_start": 0.1, "beta_end": 0.2}, "beta_end, beta_start .* 'cosine'"),
    ],
)
def test_resolve__raises_on_keys_of_another_schedule(schedule, message):
    with pytest.raises(ValueError, match=message):
        resolve({"recipe": "paper", "schedule": schedule})


def test_resolve__leaves_the_recipes_as_they_are():
    before = deepcopy((RECIPES, SCHEDULES))
    for schedule in ({"steps": 3}, {"name": "cosine"}):
        found = resolve({"recipe": "paper", "schedule": schedule})
        found["schedule"]["steps"] = -1
    assert (recipes.RECIPES, recipes.SCHEDULES) == before
