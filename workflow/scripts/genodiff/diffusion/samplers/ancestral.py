"""Ancestral sampling (DDPM, Ho et al. 2020; the paper's Eq. 6)."""

import torch
from torch import Tensor

from genodiff.diffusion.process import masked_noise, recover
from genodiff.diffusion.schedule import NoiseSchedule


def step(
    schedule: NoiseSchedule, x_t: Tensor, noise: Tensor, t: int, mask: Tensor,
    generator: torch.Generator,
) -> Tensor:  # fmt: skip
    """x_{t-1} from x_t (B, P, K) and the predicted noise; x_0 itself at t = 0.

    Written through the recovered x_0, so that it can be clamped on padded slots:
    mean = sqrt(previous alpha_bar) beta / (1 - alpha_bar) x_0
    + sqrt(alpha) (1 - previous alpha_bar) / (1 - alpha_bar) x_t,
    which on live slots equals (x_t - (1 - alpha) / sqrt(1 - alpha_bar) noise) / sqrt(alpha).
    """
    steps = torch.full((len(x_t),), t, device=x_t.device)
    x_0 = recover(schedule, x_t, noise, steps, mask)
    alpha_bar, previous = schedule.alpha_bar[t], schedule.previous_alpha_bar[t]
    from_start = previous.sqrt() * schedule.beta[t] / (1 - alpha_bar)
    from_here = schedule.alpha[t].sqrt() * (1 - previous) / (1 - alpha_bar)
    mean = from_start.to(x_t.dtype) * x_0 + from_here.to(x_t.dtype) * x_t
    if t == 0:
        return mean
    fresh = masked_noise(x_t, mask, generator)
    return mean + schedule.posterior_variance[t].sqrt().to(x_t.dtype) * fresh
