"""Named sets of training settings. Read at parse time by the Snakefile.

`paper`: Ho et al. 2020's linear schedule with T = 1000, noise prediction, Adam with 100 warm-up steps
and a cosine to zero, 100 epochs of batches of 32, no moving average of weights, ancestral sampling of
all steps.

`best`: ours, chosen on the built-in cohort (docs/benchmarks.md): v is predicted on a cosine schedule,
gradients are clipped, weights are averaged, dense networks see unmasked features only, and DPM-Solver++
makes individuals in 15 steps.
"""

from copy import deepcopy
from typing import Any

from genodiff.diffusion import SCHEDULES

RECIPES: dict[str, dict[str, Any]] = {
    "paper": {
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
        "unmasked_only": False,
        "prediction": "noise",
        "min_snr": None,
        "log_sigma": None,
        "drop_labels": 0.0,
        "recombination": None,
        "shrink_scores": False,
        "sampler": "ancestral",
        "sampler_steps": None,
        "sampler_grid": "time",
        "eta": 0.0,
        "churn": 0.0,
        "guidance": 1.0,
    },
}
RECIPES["best"] = RECIPES["paper"] | {
    "schedule": {"name": "cosine", "steps": 1000, "offset": 0.008},
    "gradient_clip": 1.0,
    "ema_half_life": 8000,
    "unmasked_only": True,
    "shrink_scores": True,
    "prediction": "v",
    "sampler": "dpm_solver",
    "sampler_steps": 15,
}
# Keys that concern sampling only: another value makes other individuals of the same trained backbone.
SAMPLING = ("sampler", "sampler_steps", "sampler_grid", "eta", "churn", "guidance")


def overlaid(diffusion: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """`diffusion` (of the configuration) with a generator's own keys put on top; a schedule of another
    name replaces the whole schedule."""
    below, above = diffusion.get("schedule", {}), own.get("schedule", {})
    if "name" in above and above["name"] != below.get("name"):
        below = {}
    return diffusion | own | ({"schedule": below | above} if below or above else {})


def resolve(diffusion: dict[str, Any]) -> dict[str, Any]:
    """The recipe that `diffusion` (of the configuration) names, with its other keys put on top. Another
    schedule than the recipe's starts from the defaults of that schedule.

    Raises ValueError for keys of `schedule` that its schedule lacks.
    """
    settings = deepcopy(RECIPES[diffusion["recipe"]])
    own = {key: value for key, value in diffusion.items() if key != "recipe"}
    schedule = own.pop("schedule", {})
    name = schedule.get("name", settings["schedule"]["name"])
    base = settings["schedule"]
    if name != base["name"]:
        base = {"name": name} | SCHEDULES[name].settings().model_dump()
    unknown = sorted(set(schedule) - set(base))
    if unknown:
        verb = "does" if len(unknown) == 1 else "do"
        raise ValueError(f"schedule: {', '.join(unknown)} {verb} not go with {name!r}")
    return settings | own | {"schedule": base | schedule}
