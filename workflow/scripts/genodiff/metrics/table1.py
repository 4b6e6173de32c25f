"""Table 1: classifiers trained on each dataset, tested on the same real people."""

import os

import pandas as pd

from genodiff.metrics.accuracy import chance_corrected_recovery, recovery
from genodiff.metrics.tables import write_long, write_wide

REAL = "real"
AVERAGE = "average"
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


def write_table1(
    results: list[dict], wide_path: str | os.PathLike, long_path: str | os.PathLike,
    datasets: dict[str, str], classifiers: dict[str, str],
) -> None:  # fmt: skip
    """Write the table in the paper's shape (percent, mean over seeds) and the tidy one (fractions).

    `datasets` and `classifiers` map names to titles, in the order of the table.
    """
    long = write_long(long_path, with_recovery(results), LONG_COLUMNS)
    titles = classifiers | {AVERAGE: AVERAGE}
    rows = [({"Classifier": title}, {"classifier": name}) for name, title in titles.items()]
    write_wide(wide_path, with_average(long), rows, datasets, "accuracy", 2)
