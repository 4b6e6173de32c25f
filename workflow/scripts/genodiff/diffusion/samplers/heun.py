"""Heun's method for the probability flow in the ratio of noise to signal (Karras et al. 2022)."""

from collections.abc import Callable

import torch
from torch import Tensor

from genodiff.diffusion.samplers import churn_factor
from genodiff.diffusion.schedule import NoiseSchedule


class Heun:
    """Second order: the slope of a step is the mean of those at its two ends, so that the network is
    applied twice (Algorithm 1, in x_t = sqrt(alpha_bar) y instead of y).

    sigma = sqrt(1 - alpha_bar) / sqrt(alpha_bar) falls from s to r in a step, and y' = x_0 + r / s
    (y - x_0) is where the slope at s leads. With the x_0' recovered from y' at r the step ends at
    y' + (s - r) / (2 r) (x_0' - x_0). First order, y', in the first step, where a schedule may have any
    s and (s - r) / (2 r) would multiply the network's error, and in the last, which returns x_0.

    With `churn` a step ends at q = r / (1 + gamma) instead, at
    x_0 + q / s (y - x_0) + (s - q)^2 / (2 r (s - r)) (x_0' - x_0), and noise lifts it to r; see the
    package. This is Algorithm 2 with its steps counted from where the noise has been added, so that the
    network is applied at steps of the schedule only. Raises ValueError for a negative churn.
    """

    def __init__(self, schedule: NoiseSchedule, churn: float = 0.0):
        alpha_bar, previous = schedule.alpha_bar, schedule.previous_alpha_bar
        self.first, self.churn = schedule.steps - 1, churn
        factor = churn_factor(churn, schedule.steps)
        s, signal = schedule.log_sigma.exp(), previous.sqrt()
        r = torch.cat([torch.zeros_like(s[:1]), s[:-1]])
        q = r / factor

        def weights(end: Tensor) -> tuple[list[float], list[float]]:
            """Of x_t and x_0 where the slope at s leads from there to sigma `end`."""
            return (signal * end / s / alpha_bar.sqrt()).tolist(), (signal * (1 - end / s)).tolist()

        self.middle, self.end = weights(r), weights(q)
        self.change = (signal * (s - q) ** 2 / (2 * r * (s - r))).tolist()
        self.deviation = ((1 - previous) * (1 - factor**-2)).sqrt().tolist()

    def step(
        self, x_t: Tensor, x_0: Tensor, t: int, noise: Callable[[Tensor], Tensor],
        denoise: Callable[[Tensor, int], Tensor],
    ) -> Tensor:  # fmt: skip
        """x_{t-1}; see the package. Draws no random numbers when churn is 0, nor at t = 0."""
        here, start = self.end
        x = here[t] * x_t + start[t] * x_0
        if 0 < t < self.first:
            here, start = self.middle
            after = denoise(here[t] * x_t + start[t] * x_0, t - 1)
            x = x + self.change[t] * (after - x_0)
        if t == 0 or self.churn == 0:
            return x
        return x + self.deviation[t] * noise(x_t)
