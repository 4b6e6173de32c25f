"""Diffusion models: a trained denoising network, and a sampler that draws individuals from it.

Training is a job of its own, which saves its state (`training.train_job`).
"""

import hashlib
from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any

import numpy as np
import torch

from genodiff.diffusion.chunk_cache import ChunkCache
from genodiff.diffusion.sampling import SamplerSettings, batch_size, sample_individuals
from genodiff.formats.tensors import Individuals, Layout
from genodiff.generators.base import Blocks, Generator, Resources
from genodiff.networks.build import build_network
from genodiff.runtime.devices import bfloat16_pays, keep_memory, memory_advice, prepare
from genodiff.runtime.locks import only_process
from genodiff.runtime.signals import watch_stop
from genodiff.training.checkpoint import disk_advice


class Diffusion(Generator):
    """A denoising network and how individuals are drawn from it.

    backbone, settings: the network and its keyword arguments; diffusion: the complete recipe of its
    training; sampling: keys of the recipe that concern drawing only.
    """

    def __init__(
        self, layout: Layout, backbone: str, settings: dict[str, Any], diffusion: dict[str, Any],
        sampling: dict[str, Any] | None = None,
    ):  # fmt: skip
        super().__init__(layout)
        self.backbone, self.settings = backbone, settings
        self.recipe = diffusion | (sampling or {})

    def fit(self, training: Individuals) -> dict[str, np.ndarray]:
        """A network is trained with validation individuals, from checkpoints: see
        `training.train_job`."""
        raise TypeError("diffusion models are fitted by training.train_job")

    def network(self) -> torch.nn.Module:
        """The network, with weights that are not trained."""
        return build_network(self.backbone, self.settings, self.recipe, self.layout, self.plugins)

    def refusal(self, labels: Sequence[str | None]) -> str | None:
        recipe = self.recipe
        if recipe["guidance"] != 1 and not recipe["drop_labels"] and None not in labels:
            return (
                f"diffusion.guidance is {recipe['guidance']:g}, but the network has never seen an "
                "individual without a label, so that what it is guided by is arbitrary: set guidance to "
                "1, or give diffusion.drop_labels (0.1, for example), which trains the network again"
            )
        return None

    def draw(
        self, model: dict[str, np.ndarray], numbers: np.ndarray, seed: int, resources: Resources
    ) -> Blocks:
        """Sample individuals in batches, continuing an interrupted job whose individuals are in
        `resources.state`, where that is a folder. Up to `resources.gpus` devices take a batch each at a
        time.

        Raises InputError when memory or disk is full, and Stopped after SIGTERM or Ctrl-C.
        """
        devices = prepare(resources.device, resources.threads, resources.gpus)
        device = devices[0]
        keep_memory(device)
        network = self.network()
        network.load_state_dict({name: torch.from_numpy(value) for name, value in model.items()})
        network.to(device)
        mask = torch.from_numpy(self.layout.mask()).to(device)
        parameters = sum(parameter.numel() for parameter in network.parameters())
        bfloat16 = bfloat16_pays(self.recipe["precision"], device, parameters)
        settings = SamplerSettings.of(self.recipe, device, bfloat16, len(self.layout.classes))
        state = resources.state
        with (
            memory_advice("synthetic.memory_mb"), only_process(state) if state else nullcontext(),
            disk_advice(state), watch_stop() as stop,
        ):  # fmt: skip
            batch = batch_size(network, mask, resources.memory_mb)
            identity = self._identity(model, numbers, seed, bfloat16) | {"code": resources.code}
            cache = ChunkCache(state, identity) if state else None
            yield from sample_individuals(
                network, settings, mask, numbers, batch, seed, cache, stop, devices[1:]
            )

    def _identity(
        self, model: dict[str, np.ndarray], numbers: np.ndarray, seed: int, bfloat16: bool
    ) -> dict[str, Any]:
        """What individuals depend on: unfinished work of another identity is not continued."""
        weights = hashlib.sha256()
        for name in sorted(model):
            weights.update(name.encode())
            weights.update(np.ascontiguousarray(model[name]))
        return {
            "weights": weights.hexdigest(), "numbers": numbers.tolist(), "seed": seed,
            "mask": hashlib.sha256(self.layout.mask()).hexdigest(), "diffusion": self.recipe,
            "bfloat16": bfloat16, "torch": torch.__version__,
        }  # fmt: skip
