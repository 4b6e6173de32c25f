"""Table 1: classifiers trained on each dataset, tested on the same real individuals."""

import os
from itertools import combinations

import pandas as pd

from genodiff.evaluation.accuracy import chance_corrected_recovery, recovery
from genodiff.generators.dataset import REAL
from genodiff.tables.differences import DIFFERENCE, differences
from genodiff.tables.read import AVERAGE, with_average
from genodiff.tables.write import SCORE, write_long, write_wide

# Dataset and classifier of the row of the prediction from batches alone, and its title.
BATCH_ONLY = "batch_baseline"
BATCH_TITLE = "Batch only"
LONG_COLUMNS = [
    "dataset", "classifier", "seed", *SCORE,
    "balanced_accuracy", "auc", "recovery", "chance_corrected_recovery",
]  # fmt: skip
DIFFERENCE_COLUMNS = ["dataset", "against", "classifier", *DIFFERENCE]


def with_recovery(results: list[dict]) -> list[dict]:
    """Add both recoveries to results of `evaluation.accuracy.score` with dataset, classifier, seed and
    classes: each is relative to the real dataset with the same classifier and seed."""
    real = {(r["classifier"], r["seed"]): r["accuracy"] for r in results if r["dataset"] == REAL}
    rows = []
    for row in results:
        both = row["accuracy"], real[row["classifier"], row["seed"]]
        corrected = chance_corrected_recovery(*both, row["classes"])
        rows.append(row | {"recovery": recovery(*both), "chance_corrected_recovery": corrected})
    return rows


def split_batch_row(long: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series | None]:
    """The rows of classifiers, and the row of the prediction from batches alone (None if individuals
    have no batches)."""
    batch = long["dataset"] == BATCH_ONLY
    return long[~batch], long[batch].iloc[0] if batch.any() else None


def write_table1(
    results: list[dict], wide_path: str | os.PathLike, long_path: str | os.PathLike,
    datasets: dict[str, str], classifiers: dict[str, str], batch: dict | None = None,
) -> None:  # fmt: skip
    """Write the table in the paper's shape (percent, mean over seeds) and the long table (fractions).

    `datasets` and `classifiers` map names to titles in the order of the table. `batch` is the score of
    the prediction from batches alone: the last row of both tables, without seed and recovery and in no
    average.
    """
    rows = with_recovery(results)
    if batch is not None:
        rows.append({"dataset": BATCH_ONLY, "classifier": BATCH_ONLY, "seed": pd.NA, **batch})
    long = write_long(long_path, rows, LONG_COLUMNS)
    scores = split_batch_row(long)[0]
    table = with_average(scores.assign(accuracy=100 * scores["accuracy"]), ["accuracy"])
    titles = classifiers | {AVERAGE: AVERAGE}
    if batch is not None:
        # This prediction is learned from real individuals.
        row = {"dataset": REAL, "classifier": BATCH_ONLY, "accuracy": 100 * batch["accuracy"]}
        table, titles = pd.concat([table, pd.DataFrame([row])]), titles | {BATCH_ONLY: BATCH_TITLE}
    selected = [({"Classifier": title}, {"classifier": name}) for name, title in titles.items()]
    write_wide(wide_path, table, selected, datasets, "accuracy", 2)


def write_differences(results: list[dict], path: str | os.PathLike, datasets: dict[str, str]) -> None:
    """Write the paired difference of accuracies (fractions) of each two of the `datasets` (titles by
    name, in order), for every classifier and the average."""
    write_long(path, differences(results, combinations(datasets, 2)), DIFFERENCE_COLUMNS)
