"""The job of the workflow that makes a reference dataset: fitted class by class, drawn in blocks."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from genodiff.cohort.label_mix import SyntheticSize, choose_labels
from genodiff.formats.tensors import (
    Individuals,
    Layout,
    read_individuals,
    read_labels,
    synthetic_samples,
    write_individuals,
)
from genodiff.generators import REFERENCES, FeatureOrigins
from genodiff.registry import build
from genodiff.runtime.logs import logger

# Values of a block of new individuals.
_BLOCK_VALUES = 2**25


def feature_origins(layout: Layout) -> FeatureOrigins:
    """What the unmasked features of a layout belong to, in the order of `x[:, layout.mask()]`."""
    pairs = [(i, gene.chrom) for i, gene in enumerate(layout.genes) for _ in gene.mean]
    return FeatureOrigins([i for i, _ in pairs], [chrom for _, chrom in pairs])


def reference_job(
    layout_path: str, train_path: str, labels_path: str, output: str, reference: str,
    settings: dict[str, Any], amount: SyntheticSize, seed: int,
) -> None:  # fmt: skip
    """Fit `reference` to the labelled individuals of `train_path` and write new individuals to `output`;
    the labels of `labels_path` say how many there are of each class."""
    layout = Layout.read(layout_path)
    labels = choose_labels(read_labels(labels_path), layout.classes, amount)
    train, rng = read_individuals(train_path, layout), np.random.default_rng(seed)
    count = write_individuals(output, layout, _blocks(layout, train, labels, reference, settings, rng))
    logger.info("%d individuals of reference %s %s", count, reference, settings)


def _blocks(
    layout: Layout, train: Individuals, labels: list[str], reference: str, settings: dict[str, Any],
    rng: np.random.Generator,
) -> Iterator[Individuals]:  # fmt: skip
    mask, features = layout.mask(), feature_origins(layout)
    own, done = np.array(train.labels, object), 0
    for label in layout.classes:
        left = labels.count(label)
        if not left:
            continue
        x = train.x[own == label][:, mask]
        generator = build(REFERENCES, "reference", reference, x=x, features=features, **settings)
        while left:
            now = min(left, max(1, _BLOCK_VALUES // mask.size))
            padded = np.zeros((now, *mask.shape), np.float32)
            padded[:, mask] = generator.draw(now, rng)
            yield Individuals(synthetic_samples(done, now), [label] * now, padded)
            done, left = done + now, left - now
