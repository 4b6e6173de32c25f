"""Accuracy against the size of the synthetic cohort."""

import os

from genodiff.generators.dataset import REAL
from genodiff.tables.write import SCORE, write_long

SIZE_COLUMNS = ["dataset", "classifier", "seed", "multiple", *SCORE]


def write_sizes(results: list[dict], datasets: list[str], path: str | os.PathLike) -> None:
    """Write one row for each generator, classifier, seed and size, from the results of classifiers on
    datasets of all sizes. `multiple` is the size in units of the real training set; `datasets` are the
    generators in the order of the table.
    """
    whole = next(r["n_train"] for r in results if r["dataset"] == REAL)
    rows = [
        row | {"dataset": row["generator"], "multiple": round(row["n_train"] / whole, 3)}
        for row in results
    ]
    rows.sort(key=lambda r: (datasets.index(r["dataset"]), r["classifier"], r["seed"], r["multiple"]))
    write_long(path, rows, SIZE_COLUMNS)
