"""The job that compares a dataset with the real individuals: nearest neighbours and membership
attack."""

import os
from dataclasses import dataclass

from genodiff.evaluation.membership import add_copies, attack
from genodiff.evaluation.neighbours.rows import read_rows
from genodiff.evaluation.neighbours.search import Budget
from genodiff.evaluation.nn_adversarial import NnAdversarial, class_counts
from genodiff.formats.results import write_result
from genodiff.formats.tensors import Layout
from genodiff.generators.dataset import NULL, PLANTED
from genodiff.runtime.devices import prepare
from genodiff.runtime.errors import InputError

# Parts of the memory: three sets of individuals, and the blocks of the matrix products.
_PARTS = 4


@dataclass(frozen=True)
class Comparison:
    """Settings of a comparison."""

    nearest: int  # number of neighbours of the nearest neighbour test
    repeats: int  # random draws if sets are not used whole
    planted_share: float  # share of training individuals copied into the positive control
    memory_mb: float  # MiB of individuals and blocks together


def compare_job(
    *, layout_path: str, train_path: str, test_path: str, dataset_path: str, output: str,
    row: dict[str, str | int], null: bool, settings: Comparison, seed: int, device: str, threads: int,
) -> None:  # fmt: skip
    """Write the rows of Tables 2 and 3 and of the attack for one dataset, each with the keys of `row`.

    `null`: the dataset consists of real individuals that no generator was trained on, and the rows are
    those of the null and, for the attack, also of the positive control. Raises InputError for a dataset
    that cannot be compared.
    """
    part, processor = settings.memory_mb / _PARTS, prepare(device, threads)[0]
    layout, scratch = Layout.read(layout_path), os.path.dirname(output)
    train, test = (read_rows(path, layout, part, scratch) for path in (train_path, test_path))
    try:
        dataset = read_rows(dataset_path, layout, part, scratch)
        counts = class_counts(dataset, len(layout.classes))
        absent = [name for name, count in zip(layout.classes, counts, strict=True) if not count]
        if absent:
            raise ValueError(f"it has no individual of class {absent[0]!r}; every class is compared")
        held = sum(rows.store.held_mb for rows in (train, test, dataset))
        budget = Budget(settings.memory_mb - held, processor)
        tests = NnAdversarial(
            train, test, len(layout.classes), settings.nearest, settings.repeats, budget, seed
        )
        found = tests.null(dataset) if null else tests.of_generator(dataset)
    except (ValueError, OSError) as error:
        raise InputError(
            f"dataset {row['dataset']!r} ({dataset_path}) cannot be compared with real individuals: "
            f"{error}"
        ) from error
    datasets = {row["dataset"]: dataset}
    if null:
        datasets = {NULL: dataset, PLANTED: add_copies(dataset, train, settings.planted_share, seed)}
    attacks = [
        row | {"dataset": name} | attack(train, test, rows, len(layout.classes), budget, seed)
        for name, rows in datasets.items()
    ]
    write_result(output, {"nn_adversarial": [row | r for r in found], "membership": attacks})
