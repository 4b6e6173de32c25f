"""Tables 2 and 3."""

import os

from genodiff.tables.write import write_long, write_wide

LONG_COLUMNS = ["dataset", "against", "measure", "seed", "n", "repeats", "value", "se", "repeat_sd"]
_AGAINST = {"train": "train", "test": "test", "train_as_test": "train, as many as test"}
# Rows of Table 3: title and name of a measure, and the real individuals that it compares with.
_TABLE3 = [
    *[("AA_truth", "aa_truth", against) for against in ("train", "test")],
    *[("AA_syn", "aa_syn", against) for against in ("train", "test")],
    *[("AA_TS", "aa_ts", against) for against in _AGAINST],
]


def _rows(results: list[dict], measures: set[str]) -> list[dict]:
    return [row for result in results for row in result["rows"] if row["measure"] in measures]


def write_table2(
    results: list[dict], wide: str | os.PathLike, long: str | os.PathLike, datasets: dict[str, str]
) -> None:
    """Write the nearest neighbour test: rows train and test, one column for each dataset (name to
    title)."""
    rows = [r for r in _rows(results, {"nn_share"}) if r["against"] != "train_as_test"]
    table = write_long(long, rows, LONG_COLUMNS)
    keys = [({"Comparison": against}, {"against": against}) for against in ("train", "test")]
    write_wide(wide, table, keys, datasets, "value", 4)


def write_table3(
    results: list[dict], wide: str | os.PathLike, long: str | os.PathLike, datasets: dict[str, str]
) -> None:
    """Write adversarial accuracies and the privacy loss, one column for each dataset (name to title)."""
    rows = _rows(results, {"aa_truth", "aa_syn", "aa_ts", "privacy_loss"})
    table = write_long(long, rows, LONG_COLUMNS)
    keys = [
        ({"Measure": title, "Comparison": _AGAINST[against]}, {"measure": name, "against": against})
        for title, name, against in _TABLE3
    ]
    loss = {"Measure": "privacy loss", "Comparison": "test less train, as many as test"}
    keys.append((loss, {"measure": "privacy_loss", "against": "both"}))
    write_wide(wide, table, keys, datasets, "value", 4)
