"""Accuracy against the size of the synthetic cohort."""

import os

from genodiff.generators.dataset import REAL
from genodiff.tables.write import write_long

_SCORE = ["n_train", "n_test", "accuracy", "se", "wilson_low", "wilson_high"]
SIZE_COLUMNS = ["dataset", "classifier", "seed", "multiple", *_SCORE]


def write_sizes(results: list[dict], datasets: list[str], path: str | os.PathLike) -> None:
    """Write one row for each generator, classifier, seed and size; `multiple` is the size in units of
    the real training set.

    `results` of classifiers on datasets of all sizes; `datasets`: generators in the order of the table.
    """
    whole = {r["n_train"] for r in results if r["dataset"] == REAL}.pop()
    rows = [
        row | {"dataset": row["generator"], "multiple": round(row["n_train"] / whole, 3)}
        for row in results
    ]
    order = {name: i for i, name in enumerate(datasets)}
    rows.sort(key=lambda r: (order[r["dataset"]], r["classifier"], r["seed"], r["multiple"]))
    write_long(path, rows, SIZE_COLUMNS)
