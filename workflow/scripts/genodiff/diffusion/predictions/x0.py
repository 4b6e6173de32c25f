"""The network predicts the individuals, x_0."""

import torch
from torch import Tensor

from genodiff.diffusion.predictions.base import Prediction


class X0(Prediction):
    """The learnt change is added to sqrt(alpha_bar) x_t, the best linear guess of x_0 for features of
    variance one (the skip connection of Karras et al. 2022), so that a network that has learnt little
    still generates the right variance."""

    def from_output(self, x_t: Tensor, output: Tensor, t: Tensor) -> Tensor:
        return output - x_t + self._signal_and_noise(x_t, t)[0] * x_t

    def target(self, x: Tensor, noise: Tensor, t: Tensor) -> Tensor:
        return x

    def recover(self, x_t: Tensor, prediction: Tensor, t: Tensor, mask: Tensor) -> Tensor:
        return prediction * mask

    def to_output(self, x_t: Tensor, x_0: Tensor, t: Tensor) -> Tensor:
        return x_0 + (1 - self._signal_and_noise(x_t, t)[0]) * x_t

    def squared_scale(self, alpha_bar: Tensor) -> Tensor:
        return torch.ones_like(alpha_bar)
