"""The tables of genetic fidelity."""

import os

import pandas as pd

from genodiff.formats.common import whole_file
from genodiff.generators.dataset import NULL
from genodiff.tables.write import cell, write_long

_KEYS = ["seed", "metric", "number", "bin"]
LONG_COLUMNS = ["dataset", *_KEYS, "value", "se", "n", "null", "null_se"]
# The bin of numbers over all SNPs and individuals, the columns of the wide table.
ALL = "all"


def write_fidelity(
    results: list[dict], wide: str | os.PathLike, long: str | os.PathLike, datasets: dict[str, str]
) -> None:
    """Write the long table, each number beside that of the null with the same seed, and the wide one:
    one row for each dataset (key to title), mean and standard deviation over seeds."""
    rows = [
        {"dataset": result["dataset"], "seed": result["seed"], **number}
        for result in results
        for number in result["numbers"]
    ]
    table = pd.DataFrame(rows)
    own = table.loc[table["dataset"] == NULL, [*_KEYS, "value", "se"]]
    table = table.merge(own.set_axis([*_KEYS, "null", "null_se"], axis=1), on=_KEYS, how="left")
    table = write_long(long, table.to_dict("records"), LONG_COLUMNS)
    table = table[table["bin"] == ALL].astype({"value": float})
    names = table[["metric", "number"]].drop_duplicates().itertuples(index=False, name=None)
    columns = {f"{metric}_{number}": (metric, number) for metric, number in names}
    lines = []
    for key, title in datasets.items():
        numbers = table[table["dataset"] == key].groupby(["metric", "number"])["value"]
        cells = {name: cell(numbers.get_group(wanted), 4) for name, wanted in columns.items()}
        lines.append({"Dataset": title} | cells)
    with whole_file(wide) as temporary:
        pd.DataFrame(lines).to_csv(temporary, sep="\t", index=False)
