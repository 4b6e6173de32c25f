"""Samplers: how x_{t-1} follows from x_t and the recovered x_0. To add one: a module here with a class,
and an entry below.

A sampler serves one batch of individuals, since it may keep earlier steps: `Sampler(schedule,
**settings)`. `step(x_t, x_0, t, noise)` is called with t = T - 1, ..., 0 and returns x_{t-1}, at t = 0
the individuals; `noise(x_t)` draws standard normal noise of x_t's shape and dtype. All are float32
(B, P, K), and zero on padded features if x_t, x_0 and the noise are. `diffusion.sampling.sample` runs
any sampler.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from genodiff.registry import Entry

SAMPLERS = {
    "ancestral": Entry("genodiff.diffusion.samplers.ancestral", "Ancestral", "Ancestral (DDPM)"),
    "ddim": Entry("genodiff.diffusion.samplers.ddim", "Ddim", "DDIM"),
    "dpm_solver": Entry("genodiff.diffusion.samplers.dpm_solver", "DpmSolver", "DPM-Solver++ 2M"),
}
# Keys of a recipe that are arguments of a sampler's class.
SETTINGS = {"ddim": ("eta",)}


def sampler_of(recipe: dict[str, Any]) -> Callable:
    """A function that makes the recipe's sampler from a schedule."""
    name = recipe["sampler"]
    return partial(SAMPLERS[name].load(), **{key: recipe[key] for key in SETTINGS.get(name, ())})
