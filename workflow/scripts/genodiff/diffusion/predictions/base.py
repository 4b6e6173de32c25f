"""What the predictions share: the schedule's coefficients, and the weights of the loss."""

from abc import ABC, abstractmethod

from torch import Tensor

from genodiff.diffusion.process import per_individual
from genodiff.diffusion.schedule import NoiseSchedule


class Prediction(ABC):
    """Conversions between network output, prediction and x_0 on one schedule.

    x, x_t, noise, outputs and predictions are floating point (B, P, K), steps t int64 (B,), masks bool
    (P, K).
    """

    def __init__(self, schedule: NoiseSchedule):
        self.schedule = schedule

    @abstractmethod
    def from_output(self, x_t: Tensor, output: Tensor, t: Tensor) -> Tensor:
        """The prediction that the network's output stands for."""

    @abstractmethod
    def target(self, x: Tensor, noise: Tensor, t: Tensor) -> Tensor:
        """The correct prediction for individuals x with this noise."""

    @abstractmethod
    def recover(self, x_t: Tensor, prediction: Tensor, t: Tensor, mask: Tensor) -> Tensor:
        """x_0 that follows from x_t and a prediction, zero on padded features. Linear in both."""

    @abstractmethod
    def to_output(self, x_t: Tensor, x_0: Tensor, t: Tensor) -> Tensor:
        """The network's output from which this x_0 is recovered."""

    @abstractmethod
    def squared_scale(self, alpha_bar: Tensor) -> Tensor:
        """Squared error of the recovered x_0 over that of the prediction, float64 (B,)."""

    def recovery_scale(self, t: Tensor) -> Tensor:
        """Factor by which a prediction error is amplified in the recovered x_0, float32 (B,)."""
        return self.squared_scale(self.schedule.alpha_bar[t]).sqrt().float()

    def loss_weights(self, min_snr: float | None, t: Tensor) -> Tensor | None:
        """Weight of each individual's squared error, float32 (B,); None if `min_snr` is None.

        Min-SNR-gamma (Hang et al. 2023): the squared error of x_0 has the weight min(snr, min_snr), with
        snr = alpha_bar / (1 - alpha_bar), for every prediction.
        """
        if min_snr is None:
            return None
        alpha_bar = self.schedule.alpha_bar[t]
        snr = alpha_bar / (1 - alpha_bar)
        return (snr.clamp(max=min_snr) * self.squared_scale(alpha_bar)).float()

    def _signal_and_noise(self, x: Tensor, t: Tensor) -> tuple[Tensor, Tensor]:
        """sqrt(alpha_bar) and sqrt(1 - alpha_bar), each (B, 1, 1) of x's dtype."""
        alpha_bar = self.schedule.alpha_bar[t]
        return per_individual(alpha_bar.sqrt(), x), per_individual((1 - alpha_bar).sqrt(), x)
