"""A share of the people, with the label mix of all of them."""

import os
from collections.abc import Iterator

import numpy as np

from genodiff.errors import InputError
from genodiff.formats.tensors import Layout, People, iter_people, read_labels, write_people
from genodiff.label_mix import draw, whole_people
from genodiff.logs import logger

# A generator or classifier that sees fewer people of a class than this has nothing to learn from.
_FEWEST = 2


def first_of_each_class(numbers: np.ndarray, count: int) -> np.ndarray:
    """Row numbers int64 (count,), sorted: the first people of each class, in the label mix of all.

    `numbers` int64 (N,) are class numbers; N is at least `count`.
    """
    counts = whole_people(np.bincount(numbers), count)
    rows = [np.flatnonzero(numbers == number)[:n] for number, n in enumerate(counts)]
    return np.sort(np.concatenate(rows))


def take_share(layout_path: str, train_path: str, output: str, percent: float, seed: int) -> None:
    """Write a random share of the training people, unlabelled ones included, in the label mix of all.

    Raises InputError when a class would have fewer than two people.
    """
    layout = Layout.read(layout_path)
    numbers = layout.class_numbers(read_labels(train_path))
    everybody = np.bincount(numbers, minlength=len(layout.classes) + 1)
    counts = whole_people(everybody.astype(float), max(1, round(percent / 100 * len(numbers))))
    for name, count in zip(layout.classes, counts, strict=False):
        if count < _FEWEST:
            raise InputError(
                f"augmentation.percents: {percent:g}% of the training people are {count} of class "
                f"{name!r}; a generator and a classifier need at least {_FEWEST}"
            )
    chosen = draw(numbers, counts, np.random.default_rng(seed))
    written = write_people(output, layout, _selected(train_path, layout, chosen))
    logger.info("%d of %d training people (%g%%)", written, len(numbers), percent)


def _selected(path: str | os.PathLike, layout: Layout, chosen: np.ndarray) -> Iterator[People]:
    start = 0
    for block in iter_people(path, layout):
        own = chosen[(chosen >= start) & (chosen < start + len(block.x))] - start
        if len(own):
            yield People([block.samples[i] for i in own], [block.labels[i] for i in own], block.x[own])
        start += len(block.x)
