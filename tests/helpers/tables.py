"""Tables of a run."""

import csv
from pathlib import Path


def rows(path: Path) -> list[dict[str, str]]:
    """The rows of a tab-separated table with a header."""
    with open(path, newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))
