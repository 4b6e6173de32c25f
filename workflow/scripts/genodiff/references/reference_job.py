"""The job of the workflow that makes a reference dataset: fitted class by class, drawn in blocks."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from genodiff.formats.tensors import (
    Layout,
    People,
    read_labels,
    read_people,
    synthetic_samples,
    write_people,
)
from genodiff.label_mix import Amount, choose_labels
from genodiff.logs import logger
from genodiff.references import REFERENCES, LiveSlots
from genodiff.registry import build

# Values of a block of new people.
_BLOCK_VALUES = 2**25


def live_slots(layout: Layout) -> LiveSlots:
    """What the live slots of a layout belong to, in the order of `x[:, layout.mask()]`."""
    pairs = [(i, gene.chrom) for i, gene in enumerate(layout.genes) for _ in gene.mean]
    return LiveSlots([i for i, _ in pairs], [chrom for _, chrom in pairs])


def reference_job(
    layout_path: str, train_path: str, labels_path: str, output: str, reference: str,
    settings: dict[str, Any], amount: Amount, seed: int,
) -> None:  # fmt: skip
    """Fit `reference` to the labelled people of `train_path` and write new people to `output`; the
    labels of `labels_path` say how many there are of each class."""
    layout = Layout.read(layout_path)
    labels = choose_labels(read_labels(labels_path), layout.classes, amount)
    train, rng = read_people(train_path, layout), np.random.default_rng(seed)
    count = write_people(output, layout, _blocks(layout, train, labels, reference, settings, rng))
    logger.info("%d people of reference %s %s", count, reference, settings)


def _blocks(
    layout: Layout, train: People, labels: list[str], reference: str, settings: dict[str, Any],
    rng: np.random.Generator,
) -> Iterator[People]:  # fmt: skip
    mask, slots = layout.mask(), live_slots(layout)
    own, done = np.array(train.labels, object), 0
    for label in layout.classes:
        left = labels.count(label)
        if not left:
            continue
        x = train.x[own == label][:, mask]
        generator = build(REFERENCES, "reference", reference, x=x, slots=slots, **settings)
        while left:
            now = min(left, max(1, _BLOCK_VALUES // mask.size))
            padded = np.zeros((now, *mask.shape), np.float32)
            padded[:, mask] = generator.draw(now, rng)
            yield People(synthetic_samples(done, now), [label] * now, padded)
            done, left = done + now, left - now
