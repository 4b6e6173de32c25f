"""Table 1: classifiers trained on each dataset, tested on the same real people."""

import os

import pandas as pd

from genodiff.formats.common import whole_file
from genodiff.metrics.accuracy import chance_corrected_recovery, recovery

REAL = "real"
LONG_COLUMNS = [
    "dataset", "classifier", "seed", "n_test", "accuracy", "wilson_low", "wilson_high",
    "balanced_accuracy", "auc", "recovery", "chance_corrected_recovery",
]  # fmt: skip


def long_table(results: list[dict]) -> pd.DataFrame:
    """One row per dataset x classifier x seed (LONG_COLUMNS), with the recoveries added.

    `results`: rows of `metrics.accuracy.score` with dataset, classifier, seed and classes. A
    synthetic dataset is compared with the real one of the same classifier and seed.
    """
    real = {(r["classifier"], r["seed"]): r["accuracy"] for r in results if r["dataset"] == REAL}
    rows = []
    for row in results:
        against = real[row["classifier"], row["seed"]]
        rows.append(
            row
            | {
                "recovery": recovery(row["accuracy"], against),
                "chance_corrected_recovery": chance_corrected_recovery(
                    row["accuracy"], against, row["classes"]
                ),
            }
        )
    return pd.DataFrame(rows)[LONG_COLUMNS]


def wide_table(
    long: pd.DataFrame, datasets: dict[str, str], classifiers: dict[str, str]
) -> pd.DataFrame:
    """Accuracy in percent, mean over seeds: rows classifiers and their average, columns datasets.

    `datasets` and `classifiers` map names to titles, in the order of the table.
    """
    mean = 100 * long.pivot_table("accuracy", "classifier", "dataset", aggfunc="mean")
    table = mean.loc[list(classifiers), list(datasets)]
    table.loc["average"] = table.mean()
    return table.rename(index=classifiers, columns=datasets).rename_axis("Classifier", axis=0)


def write_table1(
    results: list[dict], wide_path: str | os.PathLike, long_path: str | os.PathLike,
    datasets: dict[str, str], classifiers: dict[str, str],
) -> None:  # fmt: skip
    """Write the table in the paper's shape and the tidy one."""
    long = long_table(results)
    with whole_file(long_path) as temporary:
        long.to_csv(temporary, sep="\t", index=False, float_format="%.6f", na_rep="NA")
    with whole_file(wide_path) as temporary:
        wide_table(long, datasets, classifiers).to_csv(temporary, sep="\t", float_format="%.2f")
