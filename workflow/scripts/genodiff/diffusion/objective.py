"""What the network predicts, and how its loss is weighted. It predicts the noise (Ho et al. 2020), the
individuals (x0), or v (Salimans & Ho 2022): the noise where there is little, minus the individuals where
there is much.

x, noise and outputs float32 (B, P, K), steps t int64 (B,), mask bool (P, K).
"""

import torch
from torch import Tensor

from genodiff.diffusion import PREDICTIONS
from genodiff.diffusion.process import per_individual
from genodiff.diffusion.schedule import NoiseSchedule


def _known(prediction: str) -> None:
    if prediction not in PREDICTIONS:
        raise ValueError(f"unknown prediction {prediction!r}; known: {', '.join(PREDICTIONS)}")


def _signal_and_noise(schedule: NoiseSchedule, x: Tensor, t: Tensor) -> tuple[Tensor, Tensor]:
    """sqrt(alpha_bar) and sqrt(1 - alpha_bar), each (B, 1, 1) of x's dtype."""
    alpha_bar = schedule.alpha_bar[t]
    return per_individual(alpha_bar.sqrt(), x), per_individual((1 - alpha_bar).sqrt(), x)


def predicted(
    prediction: str, schedule: NoiseSchedule, x_t: Tensor, output: Tensor, t: Tensor
) -> Tensor:
    """What the network predicts, from its output: x_t plus what it has learnt.

    noise: the output as it is, as in the paper. With x0 and v, what is learnt is added not to x_t but to
    the best linear guess from it for features of variance one, sqrt(alpha_bar) x_t and 0 (the skip of
    Karras et al. 2022): a network that has learnt little still gives individuals of the right variance.
    Raises ValueError for another prediction.
    """
    _known(prediction)
    if prediction == "noise":
        return output
    learnt = output - x_t
    return learnt if prediction == "v" else learnt + _signal_and_noise(schedule, x_t, t)[0] * x_t


def target(prediction: str, schedule: NoiseSchedule, x: Tensor, noise: Tensor, t: Tensor) -> Tensor:
    """What the network should predict: the noise, x, or v = sqrt(alpha_bar) noise -
    sqrt(1 - alpha_bar) x. Raises ValueError for another prediction."""
    _known(prediction)
    if prediction == "noise":
        return noise
    if prediction == "x0":
        return x
    signal, spread = _signal_and_noise(schedule, x, t)
    return torch.addcmul(signal * noise, spread, x, value=-1)


def recover(
    prediction: str, schedule: NoiseSchedule, x_t: Tensor, found: Tensor, t: Tensor, mask: Tensor
) -> Tensor:
    """x_0 that follows from x_t and what is `predicted`, clamped to zero on padded features.

    noise: (x_t - sqrt(1 - alpha_bar) found) / sqrt(alpha_bar); x0: itself;
    v: sqrt(alpha_bar) x_t - sqrt(1 - alpha_bar) found. Raises ValueError for another prediction.
    """
    _known(prediction)
    if prediction == "x0":
        return found * mask
    signal, spread = _signal_and_noise(schedule, x_t, t)
    if prediction == "noise":
        return (x_t - spread * found) / signal * mask
    return (signal * x_t - spread * found) * mask


def recovery_scale(prediction: str, schedule: NoiseSchedule, t: Tensor) -> Tensor:
    """How many times a prediction's error the recovered x_0 is wrong by, float32 (B,): noise
    sqrt((1 - alpha_bar) / alpha_bar), x0 1, v sqrt(1 - alpha_bar), by `recover`, which is linear.
    Raises ValueError for another prediction.
    """
    _known(prediction)
    alpha_bar = schedule.alpha_bar[t]
    if prediction == "x0":
        return torch.ones_like(alpha_bar).float()
    squared = (1 - alpha_bar) / alpha_bar if prediction == "noise" else 1 - alpha_bar
    return squared.sqrt().float()


def loss_weights(
    prediction: str, schedule: NoiseSchedule, min_snr: float | None, t: Tensor
) -> Tensor | None:
    """Weight float32 (B,) of each individual's squared error; None where `min_snr` is None.

    Min-SNR-gamma (Hang et al. 2023): with snr = alpha_bar / (1 - alpha_bar), m = min(snr, min_snr), they
    are noise m / snr, x0 m, v m / (snr + 1), so that the error of x_0 counts m times in each.
    Raises ValueError for another prediction.
    """
    _known(prediction)
    if min_snr is None:
        return None
    alpha_bar = schedule.alpha_bar[t]
    snr = alpha_bar / (1 - alpha_bar)
    divisor = {"noise": snr, "x0": torch.ones_like(snr), "v": snr + 1}[prediction]
    return (snr.clamp(max=min_snr) / divisor).float()
