"""Reading the tidy tables, and one mean with limits over classifiers and seeds."""

import os

import pandas as pd

# Everything else in these tables is a number.
_TEXT = {"dataset", "generator", "classifier", "against", "measure"}


def read_tidy(path: str | os.PathLike, columns: list[str]) -> pd.DataFrame:
    """These columns of a tidy table, NA as NaN in numbers; raises ValueError when one is missing.

    Texts are taken as they are: a dataset is called `null`.
    """
    with open(path, encoding="utf-8") as file:
        header = file.readline().rstrip("\n").split("\t")
    missing = [name for name in columns if name not in header]
    if missing:
        raise ValueError(f"{path}: no column {', '.join(missing)}")
    numbers = [name for name in columns if name not in _TEXT]
    return pd.read_csv(
        path, sep="\t", usecols=columns, keep_default_na=False,
        na_values={name: ["NA"] for name in numbers},
        dtype={name: str for name in columns if name in _TEXT} | dict.fromkeys(numbers, float),
    )[columns]  # fmt: skip


def over_seeds(table: pd.DataFrame, keys: list[str], value: str, low: str, high: str) -> pd.DataFrame:
    """Mean of `value` for each combination of `keys`, with limits: columns keys, mean, low, high.

    First the mean over all else but the seed (classifiers, of value and limits alike), then that over
    seeds. Limits of several seeds are one standard deviation to each side, of one seed its own: those
    of a mean over classifiers are thus wide rather than narrow, as these have the same test individuals.
    """
    each = table.groupby([*keys, "seed"], sort=False)[[value, low, high]].mean()
    groups = each.groupby(keys, sort=False)
    found = groups.mean().set_axis(["mean", "low", "high"], axis=1)
    deviation = groups[value].std(ddof=1)
    several = deviation.notna()
    found.loc[several, "low"] = (found["mean"] - deviation)[several]
    found.loc[several, "high"] = (found["mean"] + deviation)[several]
    return found.reset_index()


def seeds_text(table: pd.DataFrame) -> str:
    """What the error bars of `over_seeds` are."""
    count = table["seed"].nunique()
    return f"mean ± SD of {count} seeds" if count > 1 else "bars: 95% interval"
