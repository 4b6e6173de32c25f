"""The trained network of a diffusion model as a denoiser of individuals."""

import os
from collections.abc import Sequence

import numpy as np
import torch

from genodiff.diffusion.predictions import build_prediction
from genodiff.diffusion.sampling import bytes_per_individual
from genodiff.diffusion.schedule import build_schedule
from genodiff.formats.models import read_config, read_tensors
from genodiff.formats.tensors import Layout
from genodiff.generators import load_kind
from genodiff.runtime.devices import keep_memory

# As in sampling on a CPU, where larger batches are not faster.
_LARGEST_BATCH = 256


class Denoiser:
    """A network with its weights, on a device; `recipe`: that of its training."""

    def __init__(self, network: torch.nn.Module, recipe: dict, mask: np.ndarray, device: torch.device):
        self.network, self.mask = network.to(device).eval(), torch.from_numpy(mask).to(device)
        self.schedule = build_schedule(**recipe["schedule"]).to(device)
        self.prediction = build_prediction(recipe["prediction"], self.schedule)
        self.bytes = bytes_per_individual(self.network, self.mask)

    def restore(
        self, x: np.ndarray, numbers: np.ndarray, noise: np.ndarray, alpha_bar: float, memory_mb: float
    ) -> np.ndarray:
        """x_0 float32 (N, D) that the network predicts for unmasked features x float32 (N, D) with the
        class numbers int64 (N,), to which the same noise float32 (D,) was added so that their share of
        the signal is `alpha_bar`."""
        sigma = np.float32(np.sqrt((1 - alpha_bar) / alpha_bar))
        return self.denoise(x + sigma * noise, numbers, float(sigma), memory_mb)

    @torch.inference_mode()
    def denoise(
        self, noised: np.ndarray, numbers: np.ndarray, sigma: float, memory_mb: float
    ) -> np.ndarray:
        """x_0 float32 (N, D) that the network predicts for x_0 plus `sigma` times normal noise, at the
        step whose ratio of noise to signal is nearest to that."""
        (step,) = self.schedule.nearest(torch.tensor([np.log(sigma)], device=self.mask.device))
        batch = int(np.clip(memory_mb * 2**20 / self.bytes, 1, _LARGEST_BATCH))
        restored, device = np.empty_like(noised), self.mask.device
        scale = self.schedule.alpha_bar[step].sqrt().float()
        for start in range(0, len(noised), batch):
            own = torch.as_tensor(noised[start : start + batch], device=device)
            x_t = torch.zeros(len(own), *self.mask.shape, device=device)
            x_t[:, self.mask] = scale * own
            t = step.expand(len(own))
            labels = torch.as_tensor(numbers[start : start + batch], device=device)
            output = self.network(x_t, self.schedule.level(t), labels).float()
            found = self.prediction.recover(
                x_t, self.prediction.from_output(x_t, output, t), t, self.mask
            )
            restored[start : start + batch] = found[:, self.mask].cpu().numpy()
        return restored


def read_denoiser(
    weights_path: str | os.PathLike, config_path: str | os.PathLike, layout: Layout,
    plugins: Sequence[str], device: torch.device,
) -> Denoiser:  # fmt: skip
    """The denoiser of a fitted diffusion model. Raises ValueError where it was fitted to another
    layout."""
    config = read_config(config_path)
    config.check_layout(layout, config_path)
    generator = load_kind(config.kind, plugins)(layout, **config.settings)
    generator.plugins = plugins
    network, tensors = generator.network(), read_tensors(weights_path)
    network.load_state_dict({name: torch.from_numpy(value) for name, value in tensors.items()})
    keep_memory(device)
    return Denoiser(network, generator.recipe, layout.mask(), device)
