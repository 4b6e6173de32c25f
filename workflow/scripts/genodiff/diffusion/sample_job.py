"""The sample job of the workflow: from a trained backbone to synthetic people."""

from collections.abc import Iterator

import numpy as np
import torch

from genodiff.backbones import build_backbone
from genodiff.devices import prepare
from genodiff.diffusion.samplers import SAMPLERS
from genodiff.diffusion.sampling import sample_people
from genodiff.diffusion.schedule import build_schedule
from genodiff.formats.models import read_config, read_weights
from genodiff.formats.tensors import Layout, People, read_labels, synthetic_samples, write_people
from genodiff.label_mix import Amount, choose_labels
from genodiff.logs import logger


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


def sample_job(
    layout_path: str, labels_path: str, weights_path: str, config_path: str, output: str,
    amount: Amount, memory_mb: int, seed: int, device: str, threads: int,
) -> None:  # fmt: skip
    """Sample synthetic people from a trained backbone into a tensor file; the labels of `labels_path`
    say how many there are of each class."""
    place = prepare(device, threads)
    layout, config = Layout.read(layout_path), read_config(config_path)
    shape = (config.genes, config.components)
    if shape != (layout.padded_genes, layout.components) or config.classes != layout.classes:
        raise ValueError(f"{config_path}: trained on another layout than {layout_path}")
    network = build_backbone(config.backbone, *shape, len(config.classes), config.settings)
    network.load_state_dict(read_weights(weights_path))
    labels = choose_labels(read_labels(labels_path), layout.classes, amount)
    batches = sample_people(
        network.to(place), build_schedule(**config.diffusion["schedule"]).to(place),
        SAMPLERS[config.diffusion["sampler"]].load(), torch.from_numpy(layout.mask()).to(place),
        layout.class_numbers(labels), memory_mb, seed,
    )  # fmt: skip
    spread = SlotVariance(layout.mask())
    count = write_people(output, layout, _named(spread.watch(batches), layout.classes))
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
