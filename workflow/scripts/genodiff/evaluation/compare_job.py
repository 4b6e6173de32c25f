"""The job of the workflow that compares a dataset with the real individuals: neighbours and attack."""

import os
from dataclasses import dataclass

from genodiff.evaluation.membership import add_copies, attack
from genodiff.evaluation.neighbours.rows import read_rows
from genodiff.evaluation.neighbours.search import Budget
from genodiff.evaluation.nn_adversarial import Closeness, class_counts
from genodiff.formats.results import write_result
from genodiff.formats.tensors import Layout
from genodiff.generators.dataset import NULL, PLANTED
from genodiff.runtime.devices import prepare
from genodiff.runtime.errors import InputError

# Parts of the memory: three sets of individuals, and the blocks that are being multiplied.
_PARTS = 4


@dataclass(frozen=True)
class Comparison:
    """Settings of a comparison."""

    nearest: int  # neighbours of the nearest neighbour test
    repeats: int  # random draws where sets are not used whole
    planted_share: float  # of the training individuals, copied into the positive control
    memory_mb: float  # of individuals and blocks together


def compare_job(
    *, layout_path: str, train_path: str, test_path: str, dataset_path: str, output: str,
    row: dict[str, str | int], null: bool, settings: Comparison, seed: int, device: str, threads: int,
) -> None:  # fmt: skip
    """Write the rows of Tables 2 and 3 and of the attack for one dataset, each with the keys of `row`.

    `null`: the dataset are real individuals whom no generator saw, and the rows are the null's. Raises
    InputError for a dataset that cannot be compared.
    """
    place, part = prepare(device, threads)[0], settings.memory_mb / _PARTS
    layout, scratch = Layout.read(layout_path), os.path.dirname(output)
    train, test = (read_rows(path, layout, part, scratch) for path in (train_path, test_path))
    try:
        own = read_rows(dataset_path, layout, part, scratch)
        counts = class_counts(own, len(layout.classes))
        absent = [name for name, count in zip(layout.classes, counts, strict=True) if not count]
        if absent:
            raise ValueError(f"it has no individual of class {absent[0]!r}; every class is compared")
        held = sum(rows.store.held_mb for rows in (train, test, own))
        budget = Budget(settings.memory_mb - held, place)
        closeness = Closeness(
            train, test, len(layout.classes), settings.nearest, settings.repeats, budget, seed
        )
        found = closeness.null(own) if null else closeness.of_generator(own)
    except (ValueError, OSError) as error:
        raise InputError(
            f"dataset {row['dataset']!r} ({dataset_path}) cannot be compared with real individuals: {error}"
        ) from error
    datasets = {row["dataset"]: own}
    if null:
        datasets = {NULL: own, PLANTED: add_copies(own, train, settings.planted_share, seed)}
    attacks = [
        row | {"dataset": name} | attack(train, test, rows, len(layout.classes), budget, seed)
        for name, rows in datasets.items()
    ]
    write_result(output, {"closeness": [row | one for one in found], "membership": attacks})
