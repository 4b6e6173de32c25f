"""The forward process and the one-step recovery, and the error measures of noise prediction.

The paper's Eq. 2 prints the two coefficients swapped and its Eq. 4 has lost bars and a root; these are
the forms of Ho et al. 2020. x float32 (B, P, K), steps t int64 (B,), mask bool (P, K).
"""

import torch
from torch import Tensor

from genodiff.diffusion.schedule import NoiseSchedule


def _per_person(values: Tensor, x: Tensor) -> Tensor:
    """(B,) float64 to (B, 1, 1) of x's dtype."""
    return values.to(x.dtype)[:, None, None]


def masked_noise(like: Tensor, mask: Tensor, generator: torch.Generator) -> Tensor:
    """Standard normal noise of the shape of `like` on live slots, zero on padded slots."""
    noise = torch.randn(like.shape, generator=generator, device=like.device, dtype=like.dtype)
    return noise * mask


def add_noise(schedule: NoiseSchedule, x: Tensor, noise: Tensor, t: Tensor) -> Tensor:
    """x_t = sqrt(alpha_bar) x + sqrt(1 - alpha_bar) noise."""
    alpha_bar = schedule.alpha_bar[t]
    return _per_person(alpha_bar.sqrt(), x) * x + _per_person((1 - alpha_bar).sqrt(), x) * noise


def recover(schedule: NoiseSchedule, x_t: Tensor, noise: Tensor, t: Tensor, mask: Tensor) -> Tensor:
    """x_0 = (x_t - sqrt(1 - alpha_bar) noise) / sqrt(alpha_bar), clamped to zero on padded slots."""
    alpha_bar = schedule.alpha_bar[t]
    signal = x_t - _per_person((1 - alpha_bar).sqrt(), x_t) * noise
    return signal / _per_person(alpha_bar.sqrt(), x_t) * mask


def masked_square_error(prediction: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    """Mean squared error over live slots and people. (The paper averages over all slots.)"""
    return ((prediction - target).square() * mask).sum() / (len(target) * mask.sum())


def masked_absolute_errors(prediction: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    """Each person's mean absolute error over live slots (B,): the reconstruction error of a recovery."""
    return ((prediction - target).abs() * mask).sum((1, 2)) / mask.sum()
