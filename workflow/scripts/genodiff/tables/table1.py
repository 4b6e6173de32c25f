"""Table 1: classifiers trained on each dataset, tested on the same real individuals."""

import os

import pandas as pd

from genodiff.evaluation.accuracy import chance_corrected_recovery, recovery
from genodiff.generators.dataset import REAL
from genodiff.tables.write import write_long, write_wide

AVERAGE = "average"
# Dataset and classifier of the row that tells what the batch alone predicts, and its title.
BATCH_ONLY = "batch_baseline"
BATCH_TITLE = "Batch only"
LONG_COLUMNS = [
    "dataset", "classifier", "seed", "n_train", "n_test", "accuracy", "se", "wilson_low", "wilson_high",
    "balanced_accuracy", "auc", "recovery", "chance_corrected_recovery",
]  # fmt: skip


def with_recovery(results: list[dict]) -> list[dict]:
    """Rows of `metrics.accuracy.score` with dataset, classifier, seed and classes, and the recoveries
    added: a synthetic dataset is compared with the real one of the same classifier and seed."""
    real = {(r["classifier"], r["seed"]): r["accuracy"] for r in results if r["dataset"] == REAL}
    rows = []
    for row in results:
        both = row["accuracy"], real[row["classifier"], row["seed"]]
        corrected = chance_corrected_recovery(*both, row["classes"])
        rows.append(row | {"recovery": recovery(*both), "chance_corrected_recovery": corrected})
    return rows


def with_average(long: pd.DataFrame) -> pd.DataFrame:
    """Dataset, classifier, seed and accuracy in percent, with the mean over classifiers as one more
    classifier, `average`."""
    rows = long[["dataset", "classifier", "seed", "accuracy"]].copy()
    rows["accuracy"] *= 100
    mean = rows.groupby(["dataset", "seed"], as_index=False)["accuracy"].mean()
    return pd.concat([rows, mean.assign(classifier=AVERAGE)], ignore_index=True)


def split_batch_row(long: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series | None]:
    """Rows of classifiers, and what the batch alone predicts, or None where individuals have no
    batches."""
    own = long["dataset"] == BATCH_ONLY
    return long[~own], long[own].iloc[0] if own.any() else None


def write_table1(
    results: list[dict], wide_path: str | os.PathLike, long_path: str | os.PathLike,
    datasets: dict[str, str], classifiers: dict[str, str], batch: dict | None = None,
) -> None:  # fmt: skip
    """Write the table in the paper's shape (percent, mean over seeds) and the tidy one (fractions).

    `datasets` and `classifiers` map names to titles, in the order of the table. `batch` is what the
    batch alone predicts, a last row of both that no average counts; it has no seed and no recovery.
    """
    found = with_recovery(results)
    if batch is not None:
        found.append({"dataset": BATCH_ONLY, "classifier": BATCH_ONLY, "seed": pd.NA, **batch})
    long = write_long(long_path, found, LONG_COLUMNS)
    table = with_average(split_batch_row(long)[0])
    titles = classifiers | {AVERAGE: AVERAGE}
    if batch is not None:
        # It is learned from real individuals.
        row = {"dataset": REAL, "classifier": BATCH_ONLY, "accuracy": 100 * batch["accuracy"]}
        table, titles = pd.concat([table, pd.DataFrame([row])]), titles | {BATCH_ONLY: BATCH_TITLE}
    rows = [({"Classifier": title}, {"classifier": name}) for name, title in titles.items()]
    write_wide(wide_path, table, rows, datasets, "accuracy", 2)
