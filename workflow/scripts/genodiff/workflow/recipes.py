"""Named sets of training settings. Read at parse time by the Snakefile: standard library only.

`paper`: Ho et al. 2020's linear schedule with T = 1000, noise prediction, Adam with 100 warm-up steps
and a cosine to zero, 100 epochs of batches of 32, no moving average of weights, ancestral sampling of
all steps.

`best`: ours, chosen on the built-in cohort (docs/benchmarks.md): v is predicted on a cosine schedule,
gradients are clipped, dense networks see unmasked features only, and DPM-Solver++ makes individuals in
15 steps.
"""

from copy import deepcopy
from typing import Any

RECIPES: dict[str, dict[str, Any]] = {
    "paper": {
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
    },
}
RECIPES["best"] = RECIPES["paper"] | {
    "schedule": {"name": "cosine", "steps": 1000, "offset": 0.008},
    "gradient_clip": 1.0,
    "unmasked_only": True,
    "prediction": "v",
    "sampler": "dpm_solver",
    "sampler_steps": 15,
}
# Keys that concern sampling only: another value makes other individuals of the same trained backbone.
SAMPLING = ("sampler", "sampler_steps", "eta")
# What another schedule than the recipe's starts from (cosine: the reference implementation).
SCHEDULES: dict[str, dict[str, Any]] = {
    "linear": RECIPES["paper"]["schedule"],
    "cosine": {"name": "cosine", "steps": 500, "offset": 0.008},
}


def resolve(diffusion: dict[str, Any]) -> dict[str, Any]:
    """The recipe that `diffusion` (of the configuration) names, with what else it says put on top."""
    settings = deepcopy(RECIPES[diffusion["recipe"]])
    own = {k: v for k, v in diffusion.items() if k != "recipe" and v is not None}
    schedule = own.pop("schedule", {})
    name = schedule.get("name", settings["schedule"]["name"])
    base = settings["schedule"] if name == settings["schedule"]["name"] else SCHEDULES[name]
    unknown = set(schedule) - set(base)
    if unknown:
        raise ValueError(f"diffusion.schedule: {', '.join(sorted(unknown))} do not go with {name!r}")
    return settings | own | {"schedule": base | schedule}
