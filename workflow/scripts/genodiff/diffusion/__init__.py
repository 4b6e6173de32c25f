"""Masked diffusion. Schedule, noising, prediction, loss and sampler are separate; each works with any
backbone.

The names of schedules stand here, where the Snakefile reads them without torch.
"""

from genodiff.registry import Entry, Positive, Settings, Share


class LinearSettings(Settings):
    steps: Positive = 1000
    """number of noise levels, T"""
    beta_start: Share = 1e-4
    """linear schedule: variance of the noise of the first step"""
    beta_end: Share = 0.02
    """linear schedule: variance of the noise of the last step"""


class CosineSettings(Settings):
    steps: Positive = 500
    """number of noise levels, T"""
    offset: Share = 0.008
    """cosine schedule: offset of Nichol & Dhariwal, which keeps the first steps from being too small"""


SCHEDULES = {
    "linear": Entry("genodiff.diffusion.schedule", "linear", "Linear", LinearSettings),
    "cosine": Entry("genodiff.diffusion.schedule", "cosine", "Cosine", CosineSettings),
}
