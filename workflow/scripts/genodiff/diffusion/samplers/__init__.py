"""Samplers: how x_{t-1} follows from x_t and the recovered x_0. To add one: a module here with a class,
and an entry below.

A sampler is made for one batch of individuals, since it may remember earlier steps:
`Sampler(schedule, mask, **settings)`, mask bool (P, K). `step(x_t, x_0, t, generator)` is called with
t = T - 1, ..., 0 and returns x_{t-1}, at t = 0 the individuals; all float32 (B, P, K), and zero on
padded features if x_t and x_0 are. `sample` in genodiff.diffusion.sampling drives any of them.
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
# Keys of a recipe that the class of a sampler takes.
SETTINGS = {"ddim": ("eta",)}


def sampler_of(recipe: dict[str, Any]) -> Callable:
    """What makes the sampler of a recipe from a schedule and a mask."""
    name = recipe["sampler"]
    return partial(SAMPLERS[name].load(), **{key: recipe[key] for key in SETTINGS.get(name, ())})
