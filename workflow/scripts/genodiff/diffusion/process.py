"""The forward process, and measures of errors. The reverse process is in `predictions` and `samplers`.

The paper's Eq. 2 prints the two coefficients swapped; this is the form of Ho et al. 2020.
x float32 (B, P, K), steps t int64 (B,), mask bool (P, K).
"""

import torch
from torch import Tensor

from genodiff.diffusion.schedule import NoiseSchedule


def per_individual(values: Tensor, x: Tensor) -> Tensor:
    """(B,) to (B, 1, 1) of x's dtype."""
    return values.to(x.dtype)[:, None, None]


def masked_noise(like: Tensor, mask: Tensor, generator: torch.Generator) -> Tensor:
    """Standard normal noise of the shape of `like` on unmasked features, zero on padded features."""
    noise = torch.randn(like.shape, generator=generator, device=like.device, dtype=like.dtype)
    return noise.mul_(mask)


def add_noise(schedule: NoiseSchedule, x: Tensor, noise: Tensor, t: Tensor) -> Tensor:
    """x_t = sqrt(alpha_bar) x + sqrt(1 - alpha_bar) noise."""
    alpha_bar = schedule.alpha_bar[t]
    spread = per_individual((1 - alpha_bar).sqrt(), x)
    return torch.addcmul(spread * noise, per_individual(alpha_bar.sqrt(), x), x)


def masked_difference(prediction: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    """Prediction minus target (B, P, K), zero on padded features."""
    return (prediction - target) * mask


def mean_square(difference: Tensor, mask: Tensor, weights: Tensor | None = None) -> Tensor:
    """Mean square of a masked difference over unmasked features and individuals, weighted by `weights`
    (B,) of individuals if given. (The paper averages over all features.)"""
    errors = difference.square().sum((1, 2))
    if weights is not None:
        errors = errors * weights
    return errors.sum() / (len(difference) * mask.sum())


def mean_absolute(difference: Tensor, mask: Tensor) -> Tensor:
    """Mean absolute value of a masked difference over each individual's unmasked features (B,)."""
    return difference.abs().sum((1, 2)) / mask.sum()
