"""Synthetic people: batches through a sampler, with memory bounded."""

from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Tensor, nn

from genodiff.diffusion.process import masked_noise
from genodiff.diffusion.schedule import NoiseSchedule
from genodiff.logs import progress
from genodiff.provenance import job_seed

# Tensors of the shape of a batch that a sampler step holds beside the backbone's activations.
_SAMPLER_TENSORS = 8
# Larger batches are not faster on a CPU (measured on two cores, 64 to 2048 people).
_LARGEST_CPU_BATCH = 256


@torch.inference_mode()
def sample(
    backbone: nn.Module, schedule: NoiseSchedule, step: Callable, mask: Tensor, labels: Tensor,
    generator: torch.Generator, watch: Callable = lambda steps: steps,
) -> Tensor:  # fmt: skip
    """People float32 (B, P, K) with class numbers `labels` int64 (B,), zero on padded slots.

    `step` is a sampler's; `watch` may wrap the iterator of steps (progress). The backbone must be
    in evaluation mode. Raises FloatingPointError when values are no longer finite.
    """
    start = torch.zeros(len(labels), *mask.shape, device=labels.device)
    x = masked_noise(start, mask, generator)
    for t in watch(range(schedule.steps - 1, -1, -1)):
        level = schedule.level(torch.full_like(labels, t))
        x = step(schedule, x, backbone(x, level, labels), t, mask, generator)
    if not torch.isfinite(x).all():
        raise FloatingPointError("sampling gave values that are not finite; the model has diverged")
    return x


def bytes_per_person(backbone: nn.Module, mask: Tensor) -> int:
    """Upper bound of the memory that one person takes while sampling, in bytes: the outputs of all
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


def sample_people(
    backbone: nn.Module, schedule: NoiseSchedule, step: Callable, mask: Tensor, labels: np.ndarray,
    memory_mb: int, seed: int,
) -> Iterator[tuple[np.ndarray, np.ndarray]]:  # fmt: skip
    """Yield `(x float32 (B, P, K), labels (B,))` batch by batch until every label has its person.

    B is as large as `memory_mb` allows (on a CPU at most 256). Each batch has its own seed, so the
    same settings give the same people.
    """
    backbone.eval()
    batch = max(1, int(memory_mb * 2**20 / bytes_per_person(backbone, mask)))
    if mask.device.type == "cpu":
        batch = min(batch, _LARGEST_CPU_BATCH)
    batches = -(-len(labels) // batch)
    watch_batches = progress(range(batches), batches, "sampled batches") if batches > 1 else range(1)
    for i in watch_batches:
        own = labels[i * batch : (i + 1) * batch]
        generator = torch.Generator(mask.device).manual_seed(job_seed(seed, "batch", i))
        watch = (lambda steps: steps) if batches > 1 else _watch_steps
        numbers = torch.as_tensor(own, device=mask.device)
        x = sample(backbone, schedule, step, mask, numbers, generator, watch)
        yield x.cpu().numpy(), own


def _watch_steps(steps: range) -> Iterator[int]:
    return progress(steps, len(steps), "sampling steps")
