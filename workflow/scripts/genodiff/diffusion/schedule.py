"""Noise schedules: the share of signal left after each of T steps; schedules of fewer of these steps.

Steps are numbered from 0, so step t here is the paper's t + 1. Constants are float64.
"""

import copy
import math

import torch
from torch import Tensor, nn

from genodiff.diffusion import SCHEDULES
from genodiff.registry import build

# Largest sigma that Karras et al. 2022 visit. Noisier steps tell a sampler next to nothing.
_LARGEST_SIGMA = 80


class NoiseSchedule(nn.Module):
    """The variances beta and the constants derived from them, each float64 (T,), as buffers.

    alpha = 1 - beta; alpha_bar = cumulative product of alpha; posterior_variance =
    (1 - alpha_bar[t-1]) / (1 - alpha_bar[t]) beta[t], with alpha_bar[-1] = 1 (Eq. 1). `original` int64
    (T,): numbers of these steps among `original_steps`; all of them, unless the schedule is respaced.
    Raises ValueError unless 0 < beta < 1.
    """

    def __init__(self, beta: Tensor):
        super().__init__()
        beta = beta.double()
        if beta.ndim != 1 or not len(beta) or not ((beta > 0) & (beta < 1)).all():
            raise ValueError("every beta must lie strictly between 0 and 1")
        self.original_steps = len(beta)
        alpha = 1 - beta
        self._set(beta, alpha, torch.cumprod(alpha, 0), torch.arange(len(beta)))

    def _set(self, beta: Tensor, alpha: Tensor, alpha_bar: Tensor, original: Tensor) -> None:
        previous = torch.cat([torch.ones_like(alpha_bar[:1]), alpha_bar[:-1]])
        for name, values in {
            "beta": beta, "alpha": alpha, "alpha_bar": alpha_bar, "previous_alpha_bar": previous,
            "posterior_variance": (1 - previous) / (1 - alpha_bar) * beta, "original": original,
        }.items():  # fmt: skip
            # Not persistent: the recipe determines them.
            self.register_buffer(name, values, persistent=False)

    @property
    def steps(self) -> int:
        """T."""
        return len(self.beta)

    def level(self, t: Tensor) -> Tensor:
        """Noise levels float32 (B,) in (0, 1] of steps int64 (B,), an input of backbones. Those of a
        respaced schedule are the levels of the original steps."""
        return (self.original[t] + 1).float() / self.original_steps

    @property
    def log_sigma(self) -> Tensor:
        """Logarithm of the ratio of noise to signal of each step, float64 (T,), rising."""
        return ((1 - self.alpha_bar).log() - self.alpha_bar.log()) / 2

    def nearest(self, log_sigma: Tensor) -> Tensor:
        """Steps int64 (B,) whose `log_sigma` is nearest to these (B,)."""
        own = self.log_sigma
        return torch.bucketize(log_sigma.double(), (own[1:] + own[:-1]) / 2)

    def respaced(self, steps: int, grid: str = "time") -> "NoiseSchedule":
        """This schedule at `steps` of its T steps, the last one included; the grid, `time` or `karras`,
        chooses them (`even_steps`, `karras_steps`).

        alpha_bar is the original's at these steps and determines the other constants; beta may round to
        1.
        Raises ValueError unless 1 <= steps <= T.
        """
        if not 1 <= steps <= self.steps:
            raise ValueError(f"{steps} steps of a schedule that has {self.steps}")
        if steps == self.steps:
            return self
        chosen = {"time": even_steps, "karras": karras_steps}[grid](self, steps)
        alpha_bar = self.alpha_bar[chosen]
        alpha = alpha_bar / torch.cat([torch.ones_like(alpha_bar[:1]), alpha_bar[:-1]])
        fewer = copy.deepcopy(self)
        fewer._set(1 - alpha, alpha, alpha_bar, self.original[chosen])
        return fewer


def even_steps(schedule: NoiseSchedule, steps: int) -> list[int]:
    """Steps round(T - i T / steps) - 1 for i = 0, 1, ..., rising ("trailing", Lin et al. 2024)."""
    own = schedule.steps
    return [round(own - i * own / steps) - 1 for i in reversed(range(steps))]


def karras_steps(schedule: NoiseSchedule, steps: int) -> list[int]:
    """Steps nearest to sigmas whose seventh roots are evenly spaced (Karras et al. 2022, Eq. 5 with rho
    7), rising. sigma, the ratio of noise to signal, goes from that of step 0 to that of the last step,
    or to 80 if that is less; the last step, where x_T is pure noise, takes the place of the largest. Of
    sigmas with the same nearest step, one moves to the next free step.
    """
    last = schedule.steps - 1
    if steps == 1:
        return [last]
    log_sigma = schedule.log_sigma
    ends = log_sigma[0].item(), min(log_sigma[-1].item(), math.log(_LARGEST_SIGMA))
    low, high = (math.exp(end / 7) for end in ends)
    roots = torch.linspace(low, high, steps, dtype=torch.float64, device=log_sigma.device)
    own = torch.arange(steps, device=log_sigma.device)
    # Distinct steps that rise by at least one, and leave room for those that follow.
    distinct = torch.cummax(schedule.nearest(7 * roots.log()) - own, 0).values + own
    chosen = torch.minimum(distinct, own + schedule.steps - steps).tolist()
    return [*chosen[:-1], last]


def linear(steps: int, beta_start: float, beta_end: float) -> NoiseSchedule:
    """beta rises linearly from beta_start to beta_end (Ho et al. 2020)."""
    return NoiseSchedule(torch.linspace(beta_start, beta_end, steps, dtype=torch.float64))


def cosine(steps: int, offset: float) -> NoiseSchedule:
    """alpha_bar(t) = f(t) / f(0), f(t) = cos^2((t/T + offset) / (1 + offset) pi/2); beta at most 0.999
    (Nichol & Dhariwal 2021)."""
    u = torch.arange(steps + 1, dtype=torch.float64) / steps
    f = torch.cos((u + offset) / (1 + offset) * math.pi / 2) ** 2
    return NoiseSchedule((1 - f[1:] / f[:-1]).clamp(max=0.999))


def build_schedule(name: str, **settings) -> NoiseSchedule:
    """A schedule by its registered name with its settings."""
    return build(SCHEDULES, "schedule", name, **settings)
