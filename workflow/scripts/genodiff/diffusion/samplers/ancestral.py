"""Ancestral sampling (DDPM, Ho et al. 2020; the paper's Eq. 6)."""

from collections.abc import Callable

from torch import Tensor

from genodiff.diffusion.schedule import NoiseSchedule


class Ancestral:
    """Draws x_{t-1} from its distribution given x_t and x_0; at t = 0 returns x_0.

    mean = sqrt(previous alpha_bar) beta / (1 - alpha_bar) x_0
    + sqrt(alpha) (1 - previous alpha_bar) / (1 - alpha_bar) x_t,
    which on unmasked features equals (x_t - (1 - alpha) / sqrt(1 - alpha_bar) noise) / sqrt(alpha).
    """

    def __init__(self, schedule: NoiseSchedule):
        previous, noise = schedule.previous_alpha_bar, 1 - schedule.alpha_bar
        self.from_start = (previous.sqrt() * schedule.beta / noise).tolist()
        self.from_here = (schedule.alpha.sqrt() * (1 - previous) / noise).tolist()
        self.deviation = schedule.posterior_variance.sqrt().tolist()

    def step(
        self, x_t: Tensor, x_0: Tensor, t: int, noise: Callable[[Tensor], Tensor],
        denoise: Callable[[Tensor, int], Tensor],
    ) -> Tensor:  # fmt: skip
        """x_{t-1}; see the package."""
        mean = self.from_start[t] * x_0 + self.from_here[t] * x_t
        if t == 0:
            return mean
        return mean + self.deviation[t] * noise(x_t)
