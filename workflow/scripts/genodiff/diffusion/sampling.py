"""Synthetic individuals: batches through a sampler, with memory bounded."""

from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import partial
from queue import SimpleQueue
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from genodiff.diffusion.batch_cache import SampleBlocks
from genodiff.diffusion.objective import predicted, recover
from genodiff.diffusion.process import masked_noise
from genodiff.diffusion.samplers import sampler_of
from genodiff.diffusion.schedule import NoiseSchedule, build_schedule
from genodiff.runtime.logs import logger, progress
from genodiff.runtime.prefetch import prefetch
from genodiff.runtime.seeds import job_seed
from genodiff.runtime.signals import Stopped

# Tensors of the shape of a batch that a sampler step holds beside the backbone's activations.
_SAMPLER_TENSORS = 9
# Larger batches are not faster on a CPU (measured on two cores, 64 to 2048 individuals).
_LARGEST_CPU_BATCH = 256


@dataclass(frozen=True)
class SamplerSettings:
    """How individuals are drawn from a backbone, whatever backbone it is."""

    schedule: NoiseSchedule  # that of the training, or a respaced one
    prediction: str  # what the backbone predicts (objective.PREDICTIONS)
    sampler: Callable  # makes the sampler of a batch from the schedule and a mask
    bfloat16: bool = False  # whether the backbone's matrix products are computed in it

    @classmethod
    def of(
        cls, recipe: dict[str, Any], device: torch.device, bfloat16: bool = False
    ) -> "SamplerSettings":
        """The settings of a recipe, its schedule on `device`."""
        schedule = build_schedule(**recipe["schedule"])
        schedule = schedule.respaced(recipe["sampler_steps"] or schedule.steps)
        return cls(schedule.to(device), recipe["prediction"], sampler_of(recipe), bfloat16)

    def to(self, device: torch.device) -> "SamplerSettings":
        """The same, its schedule on another device."""
        return replace(self, schedule=self.schedule.to(device))


@torch.inference_mode()
def sample(
    backbone: nn.Module, settings: SamplerSettings, mask: Tensor, labels: Tensor,
    generator: torch.Generator, watch: Callable = lambda steps: steps,
) -> Tensor:  # fmt: skip
    """Individuals float32 (B, P, K) with class numbers `labels` int64 (B,), zero on padded features.

    `watch` may wrap the iterator of steps (progress). The backbone must be in evaluation mode. Raises
    FloatingPointError when values are no longer finite.
    """
    schedule, sampler = settings.schedule, settings.sampler(settings.schedule, mask)
    start = torch.zeros(len(labels), *mask.shape, device=labels.device)
    x = masked_noise(start, mask, generator)
    # In one context, which converts the weights once and not at every step.
    with torch.autocast(labels.device.type, torch.bfloat16, enabled=settings.bfloat16):
        for t in watch(range(schedule.steps - 1, -1, -1)):
            steps = torch.full_like(labels, t)
            # No name for x_0: it would live through the backbone's next pass.
            x = sampler.step(x, _denoise(backbone, settings, x, steps, mask, labels), t, generator)
    if not torch.isfinite(x).all():
        raise FloatingPointError("sampling gave values that are not finite; the model has diverged")
    return x


def _denoise(
    backbone: nn.Module, settings: SamplerSettings, x_t: Tensor, t: Tensor, mask: Tensor, labels: Tensor
) -> Tensor:
    """x_0 (B, P, K) that the backbone sees in x_t, zero on padded features."""
    schedule, kind = settings.schedule, settings.prediction
    output = backbone(x_t, schedule.level(t), labels).float()
    return recover(kind, schedule, x_t, predicted(kind, schedule, x_t, output, t), t, mask)


def bytes_per_individual(backbone: nn.Module, mask: Tensor) -> int:
    """Upper bound of the memory that one individual takes while sampling, in bytes: the outputs of all
    layers of a pass together, and the sampler's own tensors."""
    sizes = []
    hooks = [
        layer.register_forward_hook(lambda _, __, out: sizes.append(out.numel() * out.element_size()))
        for layer in backbone.modules()
        if not list(layer.children())
    ]
    try:
        with torch.inference_mode():
            x = torch.zeros(1, *mask.shape, device=mask.device)
            backbone(x, torch.ones(1, device=mask.device), torch.zeros(1, dtype=int, device=mask.device))
    finally:
        for hook in hooks:
            hook.remove()
    return sum(sizes) + _SAMPLER_TENSORS * 4 * mask.numel()


def batch_size(backbone: nn.Module, mask: Tensor, memory_mb: int) -> int:
    """Individuals that are sampled at once: as many as `memory_mb` allows, on a CPU at most 256."""
    size = bytes_per_individual(backbone, mask)
    most = max(1, int(memory_mb * 2**20 / size))
    chosen = min(most, _LARGEST_CPU_BATCH) if mask.device.type == "cpu" else most
    logger.info(
        "%d individuals at once (at most %.1f MiB each, synthetic.memory_mb is %d%s)", chosen, size / 2**20,
        memory_mb, "; more are not faster on a CPU" if chosen < most else "",
    )  # fmt: skip
    return chosen


def sample_individuals(
    backbone: nn.Module, settings: SamplerSettings, mask: Tensor, labels: np.ndarray, batch: int,
    seed: int, blocks: SampleBlocks | None = None, stop: Callable[[], bool] = lambda: False,
    others: Sequence[torch.device] = (),
) -> Iterator[tuple[np.ndarray, np.ndarray]]:  # fmt: skip
    """Yield `(x float32 (B, P, K), labels (B,))`, `batch` individuals at a time, until every label has
    its individual. Batches are shared by the device of `mask` and the `others`, a thread for each.

    Each batch has its own seed, so the same settings give the same individuals. Batches that `blocks`
    has are taken from there, others are kept there. Raises Stopped between two steps once `stop` says
    so.
    """
    backbone.eval()
    batches, places = -(-len(labels) // batch), SimpleQueue()
    places.put((backbone, settings, mask))
    for device in others:
        places.put((deepcopy(backbone).to(device), settings.to(device), mask.to(device)))

    def watch(done: int, steps: range) -> Iterator[int]:
        for t in steps if batches > 1 else progress(steps, len(steps), "sampling steps"):
            if stop():
                raise Stopped(_stopped(done, batches, blocks))
            yield t

    def make(i: int) -> tuple[np.ndarray, np.ndarray]:
        own = labels[i * batch : (i + 1) * batch]
        x = blocks.get(i, (len(own), *mask.shape)) if blocks is not None else None
        if x is None:
            network, chosen, live = place = places.get()
            generator = torch.Generator(live.device).manual_seed(job_seed(seed, "batch", i))
            numbers = torch.as_tensor(own, device=live.device)
            try:
                x = sample(network, chosen, live, numbers, generator, partial(watch, i)).cpu().numpy()
            finally:  # another thread may be waiting for it
                places.put(place)
            if blocks is not None:
                blocks.put(i, x)
        return x, own

    made = prefetch(make, range(batches), 1 + len(others)) if others else map(make, range(batches))
    yield from progress(made, batches, "sampled batches") if batches > 1 else made


def _stopped(done: int, batches: int, blocks: SampleBlocks | None) -> str:
    where = f"they are in {blocks.folder}" if blocks is not None else "nothing is kept"
    return (
        f"stopped on request (SIGTERM) after {done} of {batches} batches of synthetic individuals; {where}: "
        "run the same command to go on"
    )
