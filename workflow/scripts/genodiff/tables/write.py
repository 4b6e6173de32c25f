"""Write tables: long ones (one row per value) and wide ones in the paper's shape."""

import os

import pandas as pd

from genodiff.formats.common import whole_file

# Columns of the score of a classifier.
SCORE = ["n_train", "n_test", "accuracy", "se", "wilson_low", "wilson_high"]


def write_long(path: str | os.PathLike, rows: list[dict], columns: list[str]) -> pd.DataFrame:
    """Write rows as a TSV with these columns, NA for missing values; return the table."""
    table = pd.DataFrame(rows, columns=columns)
    with whole_file(path) as temporary:
        table.to_csv(temporary, sep="\t", index=False, float_format="%.6f", na_rep="NA")
    return table


def write_rows(results: list[dict], path: str | os.PathLike) -> None:
    """Write the rows of all results as a tidy TSV with the columns of the first row."""
    rows = [row for result in results for row in result["rows"]]
    write_long(path, rows, list(rows[0]))


def cell(values: pd.Series, digits: int) -> str:
    """Mean over seeds, followed by the standard deviation if there are several."""
    values = values.dropna()
    if values.empty:
        return "NA"
    text = f"{values.mean():.{digits}f}"
    return f"{text} ± {values.std(ddof=1):.{digits}f}" if len(values) > 1 else text


def write_wide(
    path: str | os.PathLike, long: pd.DataFrame, rows: list[tuple[dict, dict]],
    datasets: dict[str, str], value: str, digits: int,
) -> None:  # fmt: skip
    """Write a TSV of the column `value` with one column per dataset (name to title).

    Each of `rows` is a pair: leading cells by heading, and values of columns that select rows of `long`.
    """
    lines = []
    for leading, wanted in rows:
        chosen = long.loc[(long[list(wanted)] == pd.Series(wanted)).all(axis=1)]
        cells = {t: cell(chosen.loc[chosen["dataset"] == n, value], digits) for n, t in datasets.items()}
        lines.append(leading | cells)
    with whole_file(path) as temporary:
        pd.DataFrame(lines).to_csv(temporary, sep="\t", index=False)
