"""The network predicts the noise (Ho et al. 2020), as in the paper."""

from torch import Tensor

from genodiff.diffusion.predictions.base import Prediction


class Noise(Prediction):
    """x_0 = (x_t - sqrt(1 - alpha_bar) noise) / sqrt(alpha_bar). The prediction is the raw output."""

    def from_output(self, x_t: Tensor, output: Tensor, t: Tensor) -> Tensor:
        return output

    def target(self, x: Tensor, noise: Tensor, t: Tensor) -> Tensor:
        return noise

    def recover(self, x_t: Tensor, prediction: Tensor, t: Tensor, mask: Tensor) -> Tensor:
        signal, spread = self._signal_and_noise(x_t, t)
        return (x_t - spread * prediction) / signal * mask

    def to_output(self, x_t: Tensor, x_0: Tensor, t: Tensor) -> Tensor:
        signal, spread = self._signal_and_noise(x_t, t)
        return (x_t - signal * x_0) / spread

    def squared_scale(self, alpha_bar: Tensor) -> Tensor:
        return (1 - alpha_bar) / alpha_bar
