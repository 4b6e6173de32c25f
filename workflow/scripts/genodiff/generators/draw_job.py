"""The job that draws synthetic individuals from a fitted generator into a tensor file."""

import shutil
from collections.abc import Iterator
from typing import Any

import numpy as np

from genodiff.cohort.label_mix import SyntheticSize, choose_labels
from genodiff.formats.models import read_config, read_tensors
from genodiff.formats.tensors import (
    Individuals,
    Layout,
    read_labels,
    synthetic_samples,
    write_individuals,
)
from genodiff.generators import load_kind
from genodiff.generators.base import Blocks, Resources
from genodiff.runtime.errors import InputError
from genodiff.runtime.logs import logger


class FeatureVariance:
    """Variance of each unmasked feature over individuals that pass by block by block; `mask` bool
    (P, K)."""

    def __init__(self, mask: np.ndarray):
        self.mask, self.count = mask, 0
        self.total, self.squares = np.zeros(mask.sum()), np.zeros(mask.sum())

    def watch(self, blocks: Blocks) -> Blocks:
        """Yield the blocks unchanged, and add their individuals up."""
        for x, numbers in blocks:
            unmasked = x[:, self.mask].astype(np.float64)
            self.count += len(x)
            self.total += unmasked.sum(0)
            self.squares += (unmasked**2).sum(0)
            yield x, numbers

    def mean(self) -> float:
        """Mean over the unmasked features of their variances."""
        return float((self.squares / self.count - (self.total / self.count) ** 2).mean())


def draw_job(
    *, layout_path: str, labels_path: str, weights_path: str, config_path: str, output: str,
    size: SyntheticSize, overrides: dict[str, Any], seed: int, resources: Resources,
    plugins: list[str], label_mix_setting: str = "synthetic.label_mix",
) -> None:  # fmt: skip
    """Draw as many individuals of each class as `size` and the labels of the tensor file `labels_path`
    say, whose label mix has this key in the
    configuration. `overrides`: settings of the generator that concern drawing only.

    Raises InputError when guidance lacks unlabelled individuals, or memory or disk is full; Stopped
    after SIGTERM or Ctrl-C; with a folder `resources.state` the same call then goes on.
    """
    layout, config = Layout.read(layout_path), read_config(config_path)
    config.check_layout(layout, config_path)
    generator = load_kind(config.kind, plugins)(layout, **config.settings | overrides)
    generator.plugins = plugins
    training = read_labels(labels_path)
    if reason := generator.refusal(training):
        raise InputError(reason)
    labels = choose_labels(training, layout.classes, size, label_mix_setting)
    variance = FeatureVariance(layout.mask())
    blocks = generator.draw(read_tensors(weights_path), layout.class_numbers(labels), seed, resources)
    count = write_individuals(output, layout, _named(variance.watch(blocks), layout.classes))
    if resources.state:  # the work is whole
        shutil.rmtree(resources.state, ignore_errors=True)
    logger.info(
        "%d synthetic individuals; mean variance of their unmasked features %.3f (training individuals: "
        "1)", count, variance.mean(),
    )  # fmt: skip


def _named(blocks: Blocks, classes: list[str]) -> Iterator[Individuals]:
    """Blocks as individuals with ids that name no real individual."""
    count = 0
    for x, numbers in blocks:
        yield Individuals(synthetic_samples(count, len(x)), [classes[number] for number in numbers], x)
        count += len(x)
