"""DPM-Solver++ (2M), a second-order multistep method for the probability flow (Lu et al. 2022)."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from genodiff.diffusion.samplers import churn_factor
from genodiff.diffusion.schedule import NoiseSchedule


class DpmSolver:
    """Extrapolates x_0 from this and the last step to the middle of the next (Algorithm 2, midpoint).

    lambda = log(sqrt(alpha_bar) / sqrt(1 - alpha_bar)) grows by h in a step, by r h in the one before;
    D = x_0 + (x_0 - x_0 of the step before) / (2 r),
    x_{t-1} = sqrt((1 - previous alpha_bar) / (1 - alpha_bar)) x_t
    + sqrt(previous alpha_bar) (1 - e^-h) D.
    First order, D = x_0, in the first step, which has none before it, and in the last, where h is
    infinite and x_0 is returned. With `churn` (see the package) a step goes down by h + log(1 + gamma)
    with the same D, and the noise lifts it back; with gamma = e^h - 1 this is SDE-DPM-Solver++ (2M).
    Raises ValueError for a negative churn.
    """

    def __init__(self, schedule: NoiseSchedule, churn: float = 0.0):
        alpha_bar, previous = schedule.alpha_bar, schedule.previous_alpha_bar
        level = (alpha_bar.log() - (1 - alpha_bar).log()) / 2
        h = torch.cat([torch.full_like(level[:1], torch.inf), level[:-1]]) - level
        self.first, self.churn = schedule.steps - 1, churn
        factor = churn_factor(churn, schedule.steps)
        longer = h + math.log(factor)
        self.from_here = (((1 - previous) / (1 - alpha_bar)).sqrt() / factor).tolist()
        self.deviation = ((1 - previous) * (1 - factor**-2)).sqrt().tolist()
        self.from_start = (-previous.sqrt() * torch.expm1(-longer)).tolist()
        # 1 / (2 r) for all steps but the first one, t = T - 1.
        self.change = (h[:-1] / h[1:] / 2).tolist()
        self.before: Tensor | None = None

    def step(
        self, x_t: Tensor, x_0: Tensor, t: int, noise: Callable[[Tensor], Tensor],
        denoise: Callable[[Tensor, int], Tensor],
    ) -> Tensor:  # fmt: skip
        """x_{t-1}; see the package. Draws no random numbers when churn is 0, nor at t = 0."""
        start = x_0
        if 0 < t < self.first:
            start = x_0 + self.change[t] * (x_0 - self.before)
        self.before = x_0
        x = self.from_start[t] * start + self.from_here[t] * x_t
        if t == 0 or self.churn == 0:
            return x
        return x + self.deviation[t] * noise(x_t)
