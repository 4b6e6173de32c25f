"""Samplers: a function `step(schedule, x_t, noise_prediction, t, mask, generator)` each, and its entry
below. `sample` in genodiff.diffusion.sampling drives any of them."""

from genodiff.registry import Entry

SAMPLERS = {"ancestral": Entry("genodiff.diffusion.samplers.ancestral", "step", "ancestral DDPM")}
