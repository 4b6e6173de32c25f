"""The forward process, and the error measures. The way back is in `objective` and `samplers`.

The paper's Eq. 2 prints the two coefficients swapped; this is the form of Ho et al. 2020.
x float32 (B, P, K), steps t int64 (B,), mask bool (P, K).
"""

import torch
from torch import Tensor

from genodiff.diffusion.schedule import NoiseSchedule


def per_person(values: Tensor, x: Tensor) -> Tensor:
    """(B,) to (B, 1, 1) of x's dtype."""
    return values.to(x.dtype)[:, None, None]


def masked_noise(like: Tensor, mask: Tensor, generator: torch.Generator) -> Tensor:
    """Standard normal noise of the shape of `like` on live slots, zero on padded slots."""
    noise = torch.randn(like.shape, generator=generator, device=like.device, dtype=like.dtype)
    return noise * mask


def add_noise(schedule: NoiseSchedule, x: Tensor, noise: Tensor, t: Tensor) -> Tensor:
    """x_t = sqrt(alpha_bar) x + sqrt(1 - alpha_bar) noise."""
    alpha_bar = schedule.alpha_bar[t]
    return per_person(alpha_bar.sqrt(), x) * x + per_person((1 - alpha_bar).sqrt(), x) * noise


def masked_square_error(
    prediction: Tensor, target: Tensor, mask: Tensor, weights: Tensor | None = None
) -> Tensor:
    """Mean squared error over live slots and people, each person's times its weight (B,) if there are
    `weights`. (The paper averages over all slots.)"""
    errors = (prediction - target).square() * mask
    if weights is not None:
        errors = errors * per_person(weights, errors)
    return errors.sum() / (len(target) * mask.sum())


def masked_absolute_errors(prediction: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    """Each person's mean absolute error over live slots (B,): the reconstruction error of a recovery."""
    return ((prediction - target).abs() * mask).sum((1, 2)) / mask.sum()
