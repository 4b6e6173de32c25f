"""Draw a share of the individuals with the label mix of all, or keep the labels of a share."""

import os
from collections.abc import Iterator

import numpy as np

from genodiff.cohort.label_mix import draw, whole_individuals
from genodiff.formats.tensors import (
    Individuals,
    Layout,
    iter_individuals,
    read_labels,
    write_individuals,
)
from genodiff.runtime.errors import InputError
from genodiff.runtime.logs import logger

# Fewest individuals of a class for a generator or classifier.
_FEWEST = 2


def take_share(*, layout_path: str, train_path: str, output: str, percent: float, seed: int) -> None:
    """Write a random share of the training individuals, including unlabelled ones, in the label mix of
    all.

    Raises InputError if a class would have fewer than two individuals.
    """
    layout = Layout.read(layout_path)
    numbers = layout.class_numbers(read_labels(train_path))
    all_individuals = np.bincount(numbers, minlength=len(layout.classes) + 1)
    counts = whole_individuals(
        all_individuals.astype(float), max(1, round(percent / 100 * len(numbers)))
    )
    _check(layout.classes, counts, "augmentation.percents", f"{percent:g}% of the training individuals")
    chosen = draw(numbers, counts, np.random.default_rng(seed))
    written = write_individuals(output, layout, _selected(train_path, layout, chosen))
    logger.info("%d of %d training individuals (%g%%)", written, len(numbers), percent)


def keep_labels(*, layout_path: str, train_path: str, output: str, percent: float, seed: int) -> None:
    """Write all training individuals, with the labels of a random share of the labelled ones only, in
    the label mix of all.

    Raises InputError if fewer than two individuals of a class would keep their label.
    """
    layout = Layout.read(layout_path)
    numbers = layout.class_numbers(read_labels(train_path))
    labelled = np.bincount(numbers, minlength=len(layout.classes) + 1)[:-1]
    counts = whole_individuals(labelled.astype(float), max(1, round(percent / 100 * labelled.sum())))
    _check(layout.classes, counts, "labels.percents", f"{percent:g}% of the labelled individuals")
    kept = np.zeros(len(numbers), bool)
    kept[draw(numbers, counts, np.random.default_rng(seed))] = True
    write_individuals(output, layout, _hidden(train_path, layout, kept))
    logger.info("%d of %d labels (%g%%)", kept.sum(), labelled.sum(), percent)


def _check(classes: list[str], counts: np.ndarray, setting: str, what: str) -> None:
    for name, count in zip(classes, counts, strict=False):
        if count < _FEWEST:
            raise InputError(
                f"{setting}: {what} are {count} of class {name!r}; a generator and a classifier need at "
                f"least {_FEWEST}"
            )


def _hidden(path: str | os.PathLike, layout: Layout, kept: np.ndarray) -> Iterator[Individuals]:
    start = 0
    for block in iter_individuals(path, layout):
        own = kept[start : start + len(block.x)]
        labels = [label if keep else None for label, keep in zip(block.labels, own, strict=True)]
        yield Individuals(block.samples, labels, block.x)
        start += len(block.x)


def _selected(path: str | os.PathLike, layout: Layout, chosen: np.ndarray) -> Iterator[Individuals]:
    start = 0
    for block in iter_individuals(path, layout):
        rows = chosen[(chosen >= start) & (chosen < start + len(block.x))] - start
        if len(rows):
            yield Individuals(
                [block.samples[i] for i in rows], [block.labels[i] for i in rows], block.x[rows]
            )
        start += len(block.x)
