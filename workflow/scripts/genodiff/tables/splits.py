"""What other random splits into training, validation and test individuals give: the spread of each
measure over splits, and differences of accuracies."""

import os
from itertools import combinations

import pandas as pd

from genodiff.evaluation.accuracy import chance_corrected_recovery
from genodiff.evaluation.attacks import STRONGEST
from genodiff.evaluation.paired import resampled_difference
from genodiff.generators.dataset import REAL
from genodiff.tables.read import AVERAGE, read_long, with_average
from genodiff.tables.table1 import split_batch_row
from genodiff.tables.write import write_long

COLUMNS = ["measure", "dataset", "classifier", "splits", "seeds", "mean", "sd", "min", "max"]
DIFFERENCE_COLUMNS = [
    "dataset", "against", "classifier", "splits", "seeds", "n_train", "n_test",
    "difference", "sd", "se", "low", "high", "p",
]  # fmt: skip
# The keys of a value within a split.
_KEYS = ["measure", "dataset", "classifier"]
_SCORES = ["dataset", "classifier", "seed", "n_train", "n_test", "accuracy"]


def read_scores(paths: list[str]) -> pd.DataFrame:
    """Rows of table1.long.tsv of each split, without that of the prediction from batches: dataset,
    classifier (also AVERAGE), seed, accuracy, n_train, n_test, split (0 for the main one)."""
    tables = []
    for split, path in enumerate(paths):
        long = split_batch_row(read_long(path, _SCORES))[0]
        tables.append(with_average(long, ["accuracy", "n_train", "n_test"]).assign(split=split))
    return pd.concat(tables, ignore_index=True)


def _recoveries(scores: pd.DataFrame, classes: int) -> pd.DataFrame:
    """Chance-corrected recovery of the average accuracy, against real individuals of the same seed."""
    average = scores[scores["classifier"] == AVERAGE]
    real = average[average["dataset"] == REAL].set_index(["split", "seed"])["accuracy"]
    values = [
        chance_corrected_recovery(row.accuracy, real[row.split, row.seed], classes)
        for row in average.itertuples()
    ]
    return average.assign(measure="chance_corrected_recovery", value=values)


def _measures(scores: pd.DataFrame, table3: list[str], privacy: list[str], classes: int) -> pd.DataFrame:
    """All values: measure, dataset, classifier (NA: none), seed, split, value."""
    tables = [
        scores.assign(measure="accuracy", value=scores["accuracy"]),
        _recoveries(scores, classes),
    ]
    for split, path in enumerate(table3):
        long = read_long(path, ["dataset", "against", "measure", "seed", "value"])
        wanted = long["measure"].isin(["aa_truth", "aa_syn"]) & (long["against"] == "test")
        tables.append(long[wanted].assign(classifier="NA", split=split))
    for split, path in enumerate(privacy):
        long = read_long(path, ["dataset", "attack", "seed", "auc"])
        own = long[long["attack"] == STRONGEST].rename(columns={"auc": "value"})
        tables.append(own.assign(measure="auc", classifier="NA", split=split))
    return pd.concat([table[[*_KEYS, "seed", "split", "value"]] for table in tables], ignore_index=True)


def write_splits(
    table1: list[str], table3: list[str], privacy: list[str], classes: int, path: str | os.PathLike
) -> None:
    """Write one row for each measure, dataset and classifier (NA: none) that every split has.

    `table1`, `table3`, `privacy`: table1.long.tsv, table3.long.tsv and privacy.tsv of each split;
    `classes`: number of classes. Measures: accuracy (a fraction) of each classifier and the average, its
    chance_corrected_recovery, aa_truth and aa_syn against test individuals, and auc of the strongest
    attack. `mean`, `sd`, `min`, `max`: over the splits with a value, of the means over seeds.
    """
    values = _measures(read_scores(table1), table3, privacy, classes)
    seeds = values.groupby(_KEYS, sort=False)["seed"].nunique()
    by_split = values.groupby([*_KEYS, "split"], sort=False)["value"].mean()
    rows = []
    for keys, own in by_split.groupby(_KEYS, sort=False):
        # Individuals of external generators belong to the main split.
        if len(own) < len(table1):
            continue
        own = own.dropna()
        numbers = {
            "splits": len(own), "seeds": int(seeds[keys]), "mean": own.mean(), "sd": own.std(ddof=1),
            "min": own.min(), "max": own.max(),
        }  # fmt: skip
        rows.append(dict(zip(_KEYS, keys, strict=True)) | numbers)
    write_long(path, rows, COLUMNS)


def write_split_differences(table1: list[str], path: str | os.PathLike) -> None:
    """Write the difference of accuracies (fractions) over splits of each two datasets that every split
    has, for every classifier and the average: see `evaluation.paired.resampled_difference`; `n_train`
    and `n_test` are the means over splits of the numbers of real individuals, rounded."""
    scores = read_scores(table1)
    real = scores[scores["dataset"] == REAL].groupby("split")[["n_train", "n_test"]].mean()
    share = float((real["n_test"] / real["n_train"]).mean())
    accuracy = scores.pivot_table("accuracy", ["dataset", "classifier"], "split")
    datasets = [name for name in scores["dataset"].unique() if accuracy.loc[name].notna().all(axis=None)]
    fixed = {
        "seeds": scores["seed"].nunique(),
        "n_train": round(real["n_train"].mean()),
        "n_test": round(real["n_test"].mean()),
    }
    rows = [
        {"dataset": first, "against": second, "classifier": classifier}
        | fixed
        | resampled_difference(
            (accuracy.loc[first, classifier] - accuracy.loc[second, classifier]).to_numpy(), share
        )
        for first, second in combinations(datasets, 2)
        for classifier in scores["classifier"].unique()
    ]
    write_long(path, rows, DIFFERENCE_COLUMNS)
