"""Read long tables, and average their values over classifiers and seeds."""

import os

import pandas as pd

from genodiff.evaluation.paired import welch

# Limits of an interval in standard errors, and degrees of freedom that do not count.
_Z, _MANY = 1.96, 1e9
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
    """Mean of `value` with its 95% limits for each combination of `keys`: columns keys, mean, low, high.

    Values and limits (of 95% as well) are averaged over classifiers first, so that those of a mean over
    classifiers are conservative: the classifiers have the same test individuals. A single seed keeps its
    limits. The variance of a mean over several, which have the same test individuals too, is that of the
    individuals plus that over seeds, as in `paired_difference`.
    """
    found = []
    for key, own in mean_over_classifiers(table, keys, [value, low, high]).groupby(keys, sort=False):
        means, values = own[[value, low, high]].mean(), own[value].dropna()
        if len(values) > 1:
            individuals = (((own[high] - own[low]) / (2 * _Z)) ** 2).mean()
            parts = [(individuals, _MANY), (values.var(ddof=1) / len(values), len(values) - 1)]
            limits = welch(means[value], parts)
            means[low], means[high] = limits["low"], limits["high"]
        found.append([*key, *means])
    return pd.DataFrame(found, columns=[*keys, "mean", "low", "high"])


def seeds_text(table: pd.DataFrame) -> str:
    """Description of the error bars of `over_seeds`."""
    count = table["seed"].nunique()
    return "bars: 95% interval" + (f", {count} seeds" if count > 1 else "")
