"""Read long tables, and average their values over classifiers and seeds."""

import os

import pandas as pd

AVERAGE = "average"
# Columns of text; all others of the long tables are numeric.
_TEXT = {
    "dataset", "generator", "classifier", "against", "measure", "metric", "number", "bin",
    "attack", "chosen", "denoiser", "set", "training",
}  # fmt: skip


def read_long(path: str | os.PathLike, columns: list[str]) -> pd.DataFrame:
    """Read these columns of a long table (TSV), with NA as NaN in numeric ones only.

    Raises ValueError for a missing column.
    """
    with open(path, encoding="utf-8") as file:
        header = file.readline().rstrip("\n").split("\t")
    missing = [name for name in columns if name not in header]
    if missing:
        raise ValueError(f"{path}: no column {', '.join(missing)}")
    numeric = [name for name in columns if name not in _TEXT]
    # Text is read as it is: one dataset has the name "null".
    return pd.read_csv(
        path, sep="\t", usecols=columns, keep_default_na=False,
        na_values={name: ["NA"] for name in numeric},
        dtype={name: str for name in columns if name in _TEXT} | dict.fromkeys(numeric, float),
    )[columns]  # fmt: skip


def mean_over_classifiers(table: pd.DataFrame, keys: list[str], values: list[str]) -> pd.DataFrame:
    """Mean of the columns `values` over all rows with equal `keys` and seed, which are those of the
    classifiers: a table with the columns keys, seed, values."""
    return table.groupby([*keys, "seed"], sort=False, as_index=False)[values].mean()


def with_average(long: pd.DataFrame, values: list[str]) -> pd.DataFrame:
    """Dataset, classifier, seed and the columns `values` of Table 1, and their mean over classifiers as
    the additional classifier AVERAGE.

    All classifiers have the same test individuals, so the standard error of a mean accuracy is the mean
    of theirs, not a smaller one.
    """
    mean = mean_over_classifiers(long, ["dataset"], values).assign(classifier=AVERAGE)
    return pd.concat([long[["dataset", "classifier", "seed", *values]], mean], ignore_index=True)


def over_seeds(table: pd.DataFrame, keys: list[str], value: str, low: str, high: str) -> pd.DataFrame:
    """Mean of `value` with limits for each combination of `keys`: columns keys, mean, low, high.

    Values and limits are averaged over classifiers first and then over seeds. The limits are one
    standard deviation over seeds on each side; a single seed keeps its limits, so those of a mean over
    classifiers are conservative (the classifiers have the same test individuals).
    """
    by_key = mean_over_classifiers(table, keys, [value, low, high]).groupby(keys, sort=False)
    summary = by_key[[value, low, high]].mean().set_axis(["mean", "low", "high"], axis=1)
    sd = by_key[value].std(ddof=1)
    several = sd.notna()
    summary.loc[several, "low"] = (summary["mean"] - sd)[several]
    summary.loc[several, "high"] = (summary["mean"] + sd)[several]
    return summary.reset_index()


def seeds_text(table: pd.DataFrame) -> str:
    """Description of the error bars of `over_seeds`."""
    count = table["seed"].nunique()
    return f"mean ± SD of {count} seeds" if count > 1 else "bars: 95% interval"
