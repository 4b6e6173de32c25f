"""The sample job of the workflow: from a trained backbone to synthetic people."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from genodiff.backbones import BACKBONES, build_backbone
from genodiff.devices import bfloat16_pays, keep_memory, memory_advice, prepare
from genodiff.diffusion.blocks import SampleBlocks
from genodiff.diffusion.sampling import SamplerSettings, batch_size, sample_people
from genodiff.diffusion.unfinished import disk_advice, only_process
from genodiff.formats.models import read_config, read_weights
from genodiff.formats.tensors import Layout, People, read_labels, synthetic_samples, write_people
from genodiff.label_mix import Amount, choose_labels
from genodiff.logs import logger
from genodiff.provenance import code_hash, file_hash
from genodiff.stopping import watch_sigterm


class SlotVariance:
    """Variance of each live slot over people that pass by batch by batch; `mask` bool (P, K)."""

    def __init__(self, mask: np.ndarray):
        self.mask, self.count = mask, 0
        self.total, self.squares = np.zeros(mask.sum()), np.zeros(mask.sum())

    def watch(self, batches: Iterator) -> Iterator:
        """Pass batches `(x, class numbers)` through, and add their people up."""
        for x, numbers in batches:
            live = x[:, self.mask].astype(np.float64)
            self.count += len(x)
            self.total += live.sum(0)
            self.squares += (live**2).sum(0)
            yield x, numbers

    def mean(self) -> float:
        """Mean over the live slots of their variances."""
        return float((self.squares / self.count - (self.total / self.count) ** 2).mean())


@dataclass(frozen=True)
class SampleFiles:
    """What the job reads and writes. `labels`: a tensor file whose labels say how many people there are
    of each class; `state`: a folder for unfinished work, which goes when it is done."""

    layout: str
    labels: str
    weights: str
    config: str
    people: str
    state: str


def sample_job(
    files: SampleFiles, amount: Amount, sampling: dict[str, Any], memory_mb: int, seed: int,
    device: str, threads: int, gpus: int = 1,
) -> None:  # fmt: skip
    """Sample synthetic people from a trained backbone into a tensor file, going on after the batches
    that an interrupted job has left in `files.state`. `sampling`: the recipe's keys of sampling. Up to
    `gpus` devices take a batch each at a time; people do not depend on how many there are.

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
        mask if config.diffusion["live_slots"] else None,
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
        batches = sample_people(network, settings, mask, numbers, batch, seed, blocks, stop, places[1:])
        spread = SlotVariance(layout.mask())
        count = write_people(files.people, layout, _named(spread.watch(batches), layout.classes))
        blocks.clear()
    logger.info(
        "%d synthetic people; mean variance of their live slots %.3f (training people: 1)",
        count, spread.mean(),
    )  # fmt: skip


def _named(batches: Iterator, classes: list[str]) -> Iterator[People]:
    """Batches of `(x, class numbers)` as people with ids of their own."""
    count = 0
    for x, numbers in batches:
        samples = synthetic_samples(count, len(x))
        count += len(x)
        yield People(samples, [classes[number] for number in numbers], x)
