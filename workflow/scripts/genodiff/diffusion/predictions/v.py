"""The network predicts v (Salimans & Ho 2022): the noise at low noise levels, -x_0 at high ones."""

import torch
from torch import Tensor

from genodiff.diffusion.predictions.base import Prediction


class V(Prediction):
    """v = sqrt(alpha_bar) noise - sqrt(1 - alpha_bar) x, and x_0 = sqrt(alpha_bar) x_t -
    sqrt(1 - alpha_bar) v. The prediction is the learnt change: the best linear guess of v for features
    of variance one is 0.

    For such features this is the preconditioning of Karras et al. 2022 (Table 1, sigma_data 1): with
    sigma^2 = (1 - alpha_bar) / alpha_bar, v is -F, x_t is c_in times the noised individual, and the
    squared error of v is their loss, whose weight is 1.
    """

    def from_output(self, x_t: Tensor, output: Tensor, t: Tensor) -> Tensor:
        return output - x_t

    def target(self, x: Tensor, noise: Tensor, t: Tensor) -> Tensor:
        signal, spread = self._signal_and_noise(x, t)
        return torch.addcmul(signal * noise, spread, x, value=-1)

    def recover(self, x_t: Tensor, prediction: Tensor, t: Tensor, mask: Tensor) -> Tensor:
        signal, spread = self._signal_and_noise(x_t, t)
        return (signal * x_t - spread * prediction) * mask

    def to_output(self, x_t: Tensor, x_0: Tensor, t: Tensor) -> Tensor:
        signal, spread = self._signal_and_noise(x_t, t)
        return x_t + (signal * x_t - x_0) / spread

    def squared_scale(self, alpha_bar: Tensor) -> Tensor:
        return 1 - alpha_bar
