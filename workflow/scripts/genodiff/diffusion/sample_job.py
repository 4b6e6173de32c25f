"""The sample job of the workflow: from a trained backbone to synthetic individuals."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from genodiff.cohort.label_mix import SyntheticSize, choose_labels
from genodiff.diffusion.batch_cache import SampleBlocks
from genodiff.diffusion.sampling import SamplerSettings, batch_size, sample_individuals
from genodiff.formats.common import file_hash
from genodiff.formats.models import read_config, read_weights
from genodiff.formats.tensors import (
    Individuals,
    Layout,
    read_labels,
    synthetic_samples,
    write_individuals,
)
from genodiff.networks.backbones import BACKBONES, build_backbone
from genodiff.runtime.devices import bfloat16_pays, keep_memory, memory_advice, prepare
from genodiff.runtime.locks import only_process
from genodiff.runtime.logs import logger
from genodiff.runtime.signals import watch_sigterm
from genodiff.training.checkpoint import disk_advice
from genodiff.workflow.code_hash import code_hash


class FeatureVariance:
    """Variance of each unmasked feature over individuals that pass by batch by batch; `mask` bool (P,
    K)."""

    def __init__(self, mask: np.ndarray):
        self.mask, self.count = mask, 0
        self.total, self.squares = np.zeros(mask.sum()), np.zeros(mask.sum())

    def watch(self, batches: Iterator) -> Iterator:
        """Pass batches `(x, class numbers)` through, and add their individuals up."""
        for x, numbers in batches:
            live = x[:, self.mask].astype(np.float64)
            self.count += len(x)
            self.total += live.sum(0)
            self.squares += (live**2).sum(0)
            yield x, numbers

    def mean(self) -> float:
        """Mean over the unmasked features of their variances."""
        return float((self.squares / self.count - (self.total / self.count) ** 2).mean())


@dataclass(frozen=True)
class SampleFiles:
    """What the job reads and writes. `labels`: a tensor file whose labels say how many individuals there
    are of each class; `state`: a folder for unfinished work, which goes when it is done."""

    layout: str
    labels: str
    weights: str
    config: str
    individuals: str
    state: str


def sample_job(
    files: SampleFiles, amount: SyntheticSize, sampling: dict[str, Any], memory_mb: int, seed: int,
    device: str, threads: int, gpus: int = 1,
) -> None:  # fmt: skip
    """Sample synthetic individuals from a trained backbone into a tensor file, going on after the
    batches that an interrupted job has left in `files.state`. `sampling`: the recipe's keys of sampling.
    Up to
    `gpus` devices take a batch each at a time; individuals do not depend on how many there are.

    Raises InputError when memory or disk is full, and Stopped after SIGTERM.
    """
    places = prepare(device, threads, gpus)
    place = places[0]
    keep_memory(place)
    layout, config = Layout.read(files.layout), read_config(files.config)
    shape = (config.genes, config.components)
    if shape != (layout.padded_genes, layout.components) or config.classes != layout.classes:
        raise ValueError(f"{files.config}: trained on another layout than {files.layout}")
    mask = torch.from_numpy(layout.mask())
    network = build_backbone(
        config.backbone, *shape, len(config.classes), config.settings,
        mask if config.diffusion["unmasked_only"] else None,
    )  # fmt: skip
    network.load_state_dict(read_weights(files.weights))
    labels = choose_labels(read_labels(files.labels), layout.classes, amount)
    numbers, mask = layout.class_numbers(labels), mask.to(place)
    network.to(place)
    recipe = config.diffusion | sampling
    count = sum(parameter.numel() for parameter in network.parameters())
    settings = SamplerSettings.of(recipe, place, bfloat16_pays(recipe["precision"], place, count))
    with (
        memory_advice("synthetic.memory_mb"), only_process(files.state), disk_advice(files.state),
        watch_sigterm() as stop,
    ):  # fmt: skip
        batch = batch_size(network, mask, memory_mb)
        blocks = SampleBlocks(
            files.state,
            {
                "weights": file_hash(files.weights), "layout": file_hash(files.layout),
                "diffusion": recipe, "bfloat16": settings.bfloat16, "labels": numbers.tolist(),
                "batch": batch, "seed": seed,
                "code": code_hash("genodiff.diffusion.sample_job", BACKBONES[config.backbone].module),
                "torch": torch.__version__,
            },
        )  # fmt: skip
        batches = sample_individuals(
            network, settings, mask, numbers, batch, seed, blocks, stop, places[1:]
        )
        spread = FeatureVariance(layout.mask())
        count = write_individuals(
            files.individuals, layout, _named(spread.watch(batches), layout.classes)
        )
        blocks.clear()
    logger.info(
        "%d synthetic individuals; mean variance of their unmasked features %.3f (training individuals: 1)",
        count, spread.mean(),
    )  # fmt: skip


def _named(batches: Iterator, classes: list[str]) -> Iterator[Individuals]:
    """Batches of `(x, class numbers)` as individuals with ids of their own."""
    count = 0
    for x, numbers in batches:
        samples = synthetic_samples(count, len(x))
        count += len(x)
        yield Individuals(samples, [classes[number] for number in numbers], x)
