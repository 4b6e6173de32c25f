"""Accuracy against the size of the synthetic cohort."""

import os

from genodiff.tables.table1 import REAL
from genodiff.tables.write import write_long

_SCORE = ["n_train", "n_test", "accuracy", "se", "wilson_low", "wilson_high"]
SIZE_COLUMNS = ["dataset", "classifier", "seed", "multiple", *_SCORE]


def write_sizes(
    table1: list[dict], sizes: list[dict], datasets: list[str], path: str | os.PathLike
) -> None:
    """Write one row for each dataset, classifier, seed and size, which `multiple` tells in units of the
    real training set.

    `table1`: results of Table 1; `sizes`: what the jobs on other sizes found, each with its rows.
    """
    whole = {r["n_train"] for r in table1 if r["dataset"] == REAL}.pop()
    rows = [*table1, *(row for result in sizes for row in result["rows"])]
    rows = [{"multiple": round(row["n_train"] / whole, 3)} | row for row in rows]
    place = {name: i for i, name in enumerate(datasets)}
    rows.sort(key=lambda r: (place[r["dataset"]], r["classifier"], r["seed"], r["multiple"]))
    write_long(path, rows, SIZE_COLUMNS)
