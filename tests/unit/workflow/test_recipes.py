"""Recipes, and what a configuration puts on top of them."""

from copy import deepcopy

import pytest

from genodiff.workflow import recipes
from genodiff.workflow.recipes import RECIPES, overlaid, resolve


def test_resolve__paper_is_the_papers():
    assert resolve({"recipe": "paper"}) == {
        "schedule": {"name": "linear", "steps": 1000, "beta_start": 1e-4, "beta_end": 0.02},
        "learning_rate": 2e-4,
        "warmup_steps": 100,
        "epochs": 100,
        "patience": None,
        "batch_size": 32,
        "gradient_clip": None,
        "ema_half_life": None,
        "precision": "auto",
        "compile": "auto",
        "shrink_scores": False,
        "unmasked_only": False,
        "prediction": "noise",
        "min_snr": None,
        "log_sigma": None,
        "drop_labels": 0.0,
        "recombination": None,
        "sampler": "ancestral",
        "sampler_steps": None,
        "sampler_grid": "time",
        "eta": 0.0,
        "churn": 0.0,
        "guidance": 1.0,
    }


def test_resolve__what_the_configuration_says_comes_first():
    found = resolve({"recipe": "best", "epochs": 3, "warmup_steps": 0, "gradient_clip": None})
    assert found == RECIPES["best"] | {"epochs": 3, "warmup_steps": 0, "gradient_clip": None}


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ({"steps": 50, "beta_end": 0.3},
         {"name": "linear", "steps": 50, "beta_start": 1e-4, "beta_end": 0.3}),
        # Another schedule brings its own defaults.
        ({"name": "cosine"}, {"name": "cosine", "steps": 500, "offset": 0.008}),
        ({"name": "cosine", "steps": 7}, {"name": "cosine", "steps": 7, "offset": 0.008}),
    ],
)  # fmt: skip
def test_resolve__schedule_keeps_the_other_keys(schedule, expected):
    assert resolve({"recipe": "paper", "schedule": schedule})["schedule"] == expected


@pytest.mark.parametrize(
    ("schedule", "message"),
    [
        ({"offset": 0.1}, "schedule: offset does not go with 'linear'"),
        (
            {"name": "cosine", "beta_start": 0.1, "beta_end": 0.2},
            "beta_end, beta_start do not .* 'cosine'",
        ),
    ],
)
def test_resolve__raises_on_keys_of_another_schedule(schedule, message):
    with pytest.raises(ValueError, match=message):
        resolve({"recipe": "paper", "schedule": schedule})


@pytest.mark.parametrize(
    ("below", "above", "expected"),
    [
        ({"steps": 9}, {"beta_end": 0.5}, {"steps": 9, "beta_end": 0.5}),
        ({"name": "cosine", "offset": 0.1}, {"steps": 9}, {"name": "cosine", "offset": 0.1, "steps": 9}),
        ({"name": "cosine", "offset": 0.1}, {"name": "linear"}, {"name": "linear"}),
    ],
)
def test_overlaid__another_schedule_replaces_all_of_the_one_below(below, above, expected):
    found = overlaid(
        {"recipe": "best", "epochs": 1, "schedule": below}, {"epochs": 2, "schedule": above}
    )
    assert found == {"recipe": "best", "epochs": 2, "schedule": expected}


def test_resolve__leaves_the_recipes_as_they_are():
    before = deepcopy(RECIPES)
    for schedule in ({"steps": 3}, {"name": "cosine"}):
        found = resolve({"recipe": "paper", "schedule": schedule})
        found["schedule"]["steps"] = -1
    assert before == recipes.RECIPES
