"""DDIM (Song et al. 2021, Eq. 12 and 16): less noise at each step, or none, and so fewer steps."""

from collections.abc import Callable

from torch import Tensor

from genodiff.diffusion.schedule import NoiseSchedule


class Ddim:
    """Keeps the noise that x_t has beside x_0, but for a share that it replaces with fresh noise.

    `eta` 0: nothing is replaced, and x_{t-1} is determined by x_t; 1: ancestral sampling.
    x_{t-1} = sqrt(previous alpha_bar) x_0 + sqrt(1 - previous alpha_bar - sigma^2) noise + sigma fresh,
    noise = (x_t - sqrt(alpha_bar) x_0) / sqrt(1 - alpha_bar), sigma^2 = eta^2 posterior_variance.
    Raises ValueError unless 0 <= eta <= 1.
    """

    def __init__(self, schedule: NoiseSchedule, eta: float = 0.0):
        if not 0 <= eta <= 1:
            raise ValueError(f"eta is {eta}; it must lie between 0 and 1")
        alpha_bar, previous = schedule.alpha_bar, schedule.previous_alpha_bar
        kept = (1 - previous - eta**2 * schedule.posterior_variance).clamp(min=0)
        from_here = (kept / (1 - alpha_bar)).sqrt()
        self.eta = eta
        self.from_here = from_here.tolist()
        self.from_start = (previous.sqrt() - from_here * alpha_bar.sqrt()).tolist()
        self.deviation = (eta * schedule.posterior_variance.sqrt()).tolist()

    def step(
        self, x_t: Tensor, x_0: Tensor, t: int, noise: Callable[[Tensor], Tensor],
        denoise: Callable[[Tensor, int], Tensor],
    ) -> Tensor:  # fmt: skip
        """x_{t-1}; see the package. Draws no random numbers when eta is 0, nor at t = 0."""
        x = self.from_start[t] * x_0 + self.from_here[t] * x_t
        if t == 0 or self.eta == 0:
            return x
        return x + self.deviation[t] * noise(x_t)
