"""Synthetic individuals from a backbone and a sampler, with bounded memory."""

from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import partial
from queue import SimpleQueue
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_leaves

from genodiff.diffusion.chunk_cache import ChunkCache
from genodiff.diffusion.predictions import build_prediction
from genodiff.diffusion.samplers import sampler_of
from genodiff.diffusion.schedule import NoiseSchedule, build_schedule
from genodiff.runtime.logs import logger, progress
from genodiff.runtime.prefetch import prefetch
from genodiff.runtime.seeds import job_seed
from genodiff.runtime.signals import Stopped

# Individuals that share a random generator. Another number gives other individuals.
CHUNK = 32
# Tensors of the shape of the individuals that a sampler step holds beside the backbone's activations.
_SAMPLER_TENSORS = 9
# Larger batches are not faster on a CPU (measured on two cores, 64 to 2048 individuals).
_LARGEST_CPU_BATCH = 256


@dataclass(frozen=True)
class SamplerSettings:
    """How individuals are drawn from any backbone."""

    schedule: NoiseSchedule  # that of the training, or a respaced one
    prediction: str  # what the backbone predicts, a name in PREDICTIONS
    sampler: Callable  # makes a batch's sampler from the schedule
    bfloat16: bool = False  # whether the backbone's matrix products are computed in bfloat16
    guidance: float = 1.0  # of classes, see `sample`
    unlabelled: int | None = None  # the class number of unlabelled individuals; guidance needs it

    @classmethod
    def of(
        cls, recipe: dict[str, Any], device: torch.device, bfloat16: bool = False,
        unlabelled: int | None = None,
    ) -> "SamplerSettings":  # fmt: skip
        """The settings of a recipe, its schedule on `device`."""
        schedule = build_schedule(**recipe["schedule"])
        steps = recipe["sampler_steps"] or schedule.steps
        schedule = schedule.respaced(steps, recipe["sampler_grid"])
        return cls(
            schedule.to(device), recipe["prediction"], sampler_of(recipe), bfloat16,
            recipe["guidance"], unlabelled,
        )  # fmt: skip

    def to(self, device: torch.device) -> "SamplerSettings":
        """The same settings, the schedule on another device."""
        return replace(self, schedule=self.schedule.to(device))


class ChunkNoise:
    """Standard normal noise of whole chunks of CHUNK individuals, each chunk from its own generator, so
    that an individual's noise depends on the seed and the individual's number, not on the batch.

    `chunks`: numbers of the chunks; `mask` bool (P, K), on the device of the noise.
    """

    def __init__(self, seed: int, chunks: Sequence[int], mask: Tensor):
        self.mask = mask
        self.generators = [
            torch.Generator(mask.device).manual_seed(job_seed(seed, "individuals", chunk))
            for chunk in chunks
        ]

    def __call__(self, like: Tensor) -> Tensor:
        """The next noise of the shape and dtype of `like` (B, P, K), B = CHUNK times the number of
        chunks; zero on padded features."""
        noise = torch.empty_like(like)
        for part, generator in zip(noise.split(CHUNK), self.generators, strict=True):
            part.normal_(generator=generator)
        return noise.mul_(self.mask)


@torch.inference_mode()
def sample(
    backbone: nn.Module, settings: SamplerSettings, mask: Tensor, labels: Tensor,
    noise: Callable[[Tensor], Tensor], batch: int | None = None,
    watch: Callable = lambda steps: steps,
) -> Tensor:  # fmt: skip
    """Individuals float32 (B, P, K) with class numbers `labels` int64 (B,), zero on padded features.

    `noise` draws masked standard normal noise of the shape of its argument. The backbone, which must be
    in evaluation mode, is applied to at most `batch` individuals at a time (None: all). `watch` may wrap
    the iterator of steps (progress). Raises FloatingPointError if values are not finite.

    With another `settings.guidance` than 1 (classifier-free guidance) x_0 is that of an unlabelled
    individual plus `guidance` times the difference to that of the class.
    """
    schedule, sampler = settings.schedule, settings.sampler(settings.schedule)
    prediction = build_prediction(settings.prediction, schedule)
    x = noise(torch.empty(len(labels), *mask.shape, device=labels.device))
    guided = settings.guidance != 1 and bool((labels != settings.unlabelled).any())

    def output_of(x_t: Tensor, t: Tensor, classes: Tensor) -> Tensor:
        parts = zip(*(v.split(batch or len(t)) for v in (x_t, schedule.level(t), classes)), strict=True)
        return torch.cat([backbone(*part).float() for part in parts])

    def denoise(x_t: Tensor, step: int) -> Tensor:
        t = torch.full_like(labels, step)
        output = output_of(x_t, t, labels)
        if guided:
            # x_0 is an affine function of the output. Of equal outputs, `lerp` returns them unchanged.
            without = output_of(x_t, t, torch.full_like(labels, settings.unlabelled))
            output = without.lerp_(output, settings.guidance)
        return prediction.recover(x_t, prediction.from_output(x_t, output, t), t, mask)

    # One autocast context for all steps converts the weights only once.
    with torch.autocast(labels.device.type, torch.bfloat16, enabled=settings.bfloat16):
        for t in watch(range(schedule.steps - 1, -1, -1)):
            # x_0 has no name here, which would keep it in memory during the next pass.
            x = sampler.step(x, denoise(x, t), t, noise, denoise)
    if not torch.isfinite(x).all():
        raise FloatingPointError("sampling gave values that are not finite; the model has diverged")
    return x


def _sampler_bytes(mask: Tensor) -> int:
    """Bytes of one individual's tensors in a sampler step."""
    return _SAMPLER_TENSORS * 4 * mask.numel()


def bytes_per_individual(backbone: nn.Module, mask: Tensor) -> int:
    """Upper bound of the memory that sampling takes per individual, in bytes: the outputs of all layers
    in one pass, and the sampler's tensors."""
    sizes = []
    hooks = [
        layer.register_forward_hook(
            lambda _, __, out: sizes.extend(part.nbytes for part in tree_leaves(out))
        )
        for layer in backbone.modules()
        if not list(layer.children()) or list(layer.buffers(recurse=False))
    ]
    try:
        with torch.inference_mode():
            x = torch.zeros(1, *mask.shape, device=mask.device)
            backbone(x, torch.ones(1, device=mask.device), torch.zeros(1, dtype=int, device=mask.device))
    finally:
        for hook in hooks:
            hook.remove()
    return sum(sizes) + _sampler_bytes(mask)


def batch_size(backbone: nn.Module, mask: Tensor, memory_mb: int) -> int:
    """Number of individuals to which the backbone is applied at once: as many whole chunks as
    `memory_mb` allows, on a CPU at most 256 individuals; a power of two if a chunk does not fit."""
    size, sampler = bytes_per_individual(backbone, mask), _sampler_bytes(mask)
    memory = memory_mb * 2**20
    most = int(memory / size)
    if mask.device.type == "cpu":
        most = min(most, _LARGEST_CPU_BATCH)
    if most >= CHUNK:
        chosen = most - most % CHUNK
    else:
        # The sampler holds a whole chunk in any case; the network takes it in equal parts.
        fitting = max(1, int((memory - CHUNK * sampler) / max(1, size - sampler)))
        chosen = 1 << (fitting.bit_length() - 1)
    logger.info(
        "%d individuals at once (at most %.1f MiB each, synthetic.memory_mb is %d)",
        chosen, size / 2**20, memory_mb,
    )  # fmt: skip
    return chosen


def sample_individuals(
    backbone: nn.Module, settings: SamplerSettings, mask: Tensor, labels: np.ndarray, batch: int,
    seed: int, cache: ChunkCache | None = None, stop: Callable[[], bool] = lambda: False,
    others: Sequence[torch.device] = (),
) -> Iterator[tuple[np.ndarray, np.ndarray]]:  # fmt: skip
    """Yield `(x float32 (B, P, K), labels (B,))`, about `batch` individuals at a time and at least a
    chunk, until every one of the class numbers `labels` int64 (N,) has its individual.

    The device of `mask` and the `others` take a batch each, in threads. Random numbers depend only on
    `seed` and the individual's number; arithmetic in batches of another size may round differently.
    Chunks that `cache` holds are read from it, and others are kept there. Raises Stopped between two
    steps once `stop` returns True.
    """
    backbone.eval()
    count, per_batch = -(-len(labels) // CHUNK), max(1, batch // CHUNK)
    batches = [range(i, min(i + per_batch, count)) for i in range(0, count, per_batch)]
    # The last chunk is filled up with copies of the last label, and cut when it is done.
    numbers = labels[np.minimum(np.arange(count * CHUNK), len(labels) - 1)].reshape(count, CHUNK)
    copies = SimpleQueue()
    copies.put((backbone, settings, mask))
    for device in others:
        copies.put((deepcopy(backbone).to(device), settings.to(device), mask.to(device)))

    def watch(done: int, steps: range) -> Iterator[int]:
        for t in steps if len(batches) > 1 else progress(steps, len(steps), "sampling steps"):
            if stop():
                raise Stopped(_stopped(done, len(labels), cache))
            yield t

    def draw(chunks: list[int]) -> np.ndarray:
        network, its_settings, its_mask = copy = copies.get()
        try:
            classes = torch.as_tensor(numbers[chunks].ravel(), device=its_mask.device)
            noise, steps = ChunkNoise(seed, chunks, its_mask), partial(watch, chunks[0] * CHUNK)
            x = sample(network, its_settings, its_mask, classes, noise, batch, steps)
            return x.cpu().numpy().reshape(len(chunks), CHUNK, *mask.shape)
        finally:  # another thread may wait for it
            copies.put(copy)

    def make(chunks: range) -> tuple[np.ndarray, np.ndarray]:
        x = {c: cache.get(c, (CHUNK, *mask.shape)) if cache is not None else None for c in chunks}
        missing = [chunk for chunk in chunks if x[chunk] is None]
        for chunk, drawn in zip(missing, draw(missing) if missing else (), strict=True):
            x[chunk] = drawn
            if cache is not None:
                cache.put(chunk, drawn)
        classes = labels[chunks.start * CHUNK : chunks.stop * CHUNK]
        return np.concatenate(list(x.values()))[: len(classes)], classes

    made = prefetch(make, batches, 1 + len(others)) if others else map(make, batches)
    yield from progress(made, len(batches), "sampled batches") if len(batches) > 1 else made


def _stopped(done: int, individuals: int, cache: ChunkCache | None) -> str:
    where = f"they are in {cache.folder}" if cache is not None else "nothing is kept"
    return (
        f"stopped on request after {done} of {individuals} synthetic individuals; {where}: "
        "run the same command to go on"
    )
