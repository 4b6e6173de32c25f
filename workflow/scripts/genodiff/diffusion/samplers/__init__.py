"""Samplers: how x_{t-1} follows from x_t and the recovered x_0. To add one: a module here with a class,
and an entry below.

A sampler serves one batch of individuals, since it may keep earlier steps: `Sampler(schedule,
**settings)`. `step(x_t, x_0, t, noise, denoise)` is called with t = T - 1, ..., 0 and returns x_{t-1},
at t = 0 the individuals; `noise(x_t)` draws standard normal noise of x_t's shape and dtype, and
`denoise(x, s)` applies the network once more and returns the x_0 recovered from x at step s. All are
float32 (B, P, K), and zero on padded features if x_t, x_0 and the noise are. `diffusion.sampling.sample`
runs any sampler.

Churn (Karras et al. 2022, Algorithm 2) is fresh noise in a sampler that has none: each step goes down to
a ratio of noise to signal that is smaller than that of the next step by a factor of 1 + gamma, and noise
lifts it to the next step. gamma = min(churn / T, sqrt(2) - 1); the last step has no churn.
"""

import math
from collections.abc import Callable
from functools import partial
from typing import Any

from genodiff.registry import Entry

SAMPLERS = {
    "ancestral": Entry("genodiff.diffusion.samplers.ancestral", "Ancestral", "Ancestral (DDPM)"),
    "ddim": Entry("genodiff.diffusion.samplers.ddim", "Ddim", "DDIM"),
    "dpm_solver": Entry("genodiff.diffusion.samplers.dpm_solver", "DpmSolver", "DPM-Solver++ 2M"),
    "heun": Entry("genodiff.diffusion.samplers.heun", "Heun", "Heun"),
}
# Keys of a recipe that are arguments of a sampler's class.
SETTINGS = {"ddim": ("eta",), "dpm_solver": ("churn",), "heun": ("churn",)}
# Applications of the network in a step, where it is more than one.
APPLICATIONS = {"heun": 2}


def churn_factor(churn: float, steps: int) -> float:
    """1 + gamma; see the package. Raises ValueError for a negative churn."""
    if not churn >= 0:
        raise ValueError(f"churn is {churn}; it must not be negative")
    return 1 + min(churn / steps, math.sqrt(2) - 1)


def sampler_of(recipe: dict[str, Any]) -> Callable:
    """A function that makes the recipe's sampler from a schedule."""
    name = recipe["sampler"]
    return partial(SAMPLERS[name].load(), **{key: recipe[key] for key in SETTINGS.get(name, ())})
