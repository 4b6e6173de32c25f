"""Predictions: what the network predicts, and how x_0 follows from it. To add one: a module here with a
class derived from `base.Prediction`, and an entry below.

The network's raw output, x_t plus a learnt change, becomes a prediction by `from_output`; training
compares it with `target`, and sampling turns it into x_0 by `recover`.
"""

from typing import TYPE_CHECKING

from genodiff.registry import Entry, build

if TYPE_CHECKING:  # the Snakefile reads this module, and must not wait for torch
    from genodiff.diffusion.predictions.base import Prediction
    from genodiff.diffusion.schedule import NoiseSchedule

PREDICTIONS = {
    "noise": Entry("genodiff.diffusion.predictions.noise", "Noise", "Noise"),
    "x0": Entry("genodiff.diffusion.predictions.x0", "X0", "x0"),
    "v": Entry("genodiff.diffusion.predictions.v", "V", "v"),
}


def build_prediction(name: str, schedule: "NoiseSchedule") -> "Prediction":
    """A prediction by its registered name. Raises ValueError for an unknown name."""
    return build(PREDICTIONS, "prediction", name, schedule=schedule)
