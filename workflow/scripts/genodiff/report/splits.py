"""What other splits of the individuals give, in the report."""

from typing import Any

import pandas as pd

from genodiff.generators.dataset import NULL, REAL
from genodiff.report.tables import Cell, Table, columns_of
from genodiff.tables.read import AVERAGE, read_long
from genodiff.tables.splits import COLUMNS

# Heading, measure, classifier, dataset of the first column, factor and digits of each row.
_ROWS = [
    ("accuracy (%), average", "accuracy", AVERAGE, REAL, 100, 1),
    ("chance-corrected recovery", "chance_corrected_recovery", AVERAGE, REAL, 1, 2),
    ("AA_truth, test", "aa_truth", "NA", NULL, 1, 3),
    ("AA_syn, test", "aa_syn", "NA", NULL, 1, 3),
    ("AUC of the strongest attack", "auc", "NA", NULL, 1, 3),
]


def splits_tables(path: str | None, generators: dict[str, dict[str, Any]]) -> list[Table]:
    """The table of splits.tsv at `path`, if there are several splits; `generators`: entries by key of
    the dataset."""
    if path is None:
        return []
    long = read_long(path, COLUMNS).set_index(["measure", "classifier", "dataset"])
    columns = columns_of(generators, NULL)
    caption = (
        f"Over {long['splits'].max():.0f} random splits into training, validation and test individuals: "
        "mean ± standard deviation over splits (of means over seeds); smallest and largest value at the "
        "foot of the window. The other tables are about the first split. Tests of differences: "
        "splits.differences.tsv."
    )
    table = Table(caption, ["Measure"], columns)
    for heading, measure, classifier, first, factor, digits in _ROWS:
        names = [first, *(column.name for column in columns[1:])]
        cells = [_cell(long, (measure, classifier, name), factor, digits) for name in names]
        table.rows.append(([heading], cells))
    return [table]


def _cell(long: pd.DataFrame, key: tuple[str, str, str], factor: float, digits: int) -> Cell:
    """A dataset's mean and spread; external individuals have one split only."""
    if key not in long.index:
        return Cell("NA")
    row = long.loc[key]
    mean, sd, low, high = (f"{factor * row[name]:.{digits}f}" for name in ("mean", "sd", "min", "max"))
    if row["splits"] < 2:
        return Cell(mean if row["splits"] else "NA")
    return Cell(f"{mean} ± {sd}", f"{low} to {high} in {row['splits']:.0f} splits")
