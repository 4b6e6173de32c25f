"""Counts of what became of individuals, records, calls and genes, as TSV.

Columns: chromosome (empty where a count is not of one), unit, outcome, count, examples (the first
places, separated by "; ").
"""

import csv
import os

from genodiff.formats.common import whole_file
from genodiff.qc.counts import EXAMPLES, Tally

COLUMNS = ("chromosome", "unit", "outcome", "count", "examples")


def write_counts(path: str | os.PathLike, tallies: dict[str, Tally]) -> None:
    """Write the tally of each chromosome ("" for what is of none)."""
    with whole_file(path) as temporary, open(temporary, "w", newline="", encoding="utf-8") as file:
        out = csv.writer(file, delimiter="\t", lineterminator="\n")
        out.writerow(COLUMNS)
        for chromosome, tally in tallies.items():
            for unit, outcome, count in tally:
                out.writerow([chromosome, unit, outcome, count.count, "; ".join(count.examples)])


def read_counts(path: str | os.PathLike) -> Tally:
    """The counts of a file, chromosomes summed; raises ValueError on another format."""
    tally = Tally()
    with open(path, newline="", encoding="utf-8") as file:
        rows = csv.DictReader(file, delimiter="\t")
        if tuple(rows.fieldnames or ()) != COLUMNS:
            raise ValueError(f"{path}: not a table of counts of this version")
        for row in rows:
            examples = row["examples"].split("; ")[:EXAMPLES] if row["examples"] else []
            tally.add(row["unit"], row["outcome"], None, int(row["count"]))
            for example in examples:
                tally.add(row["unit"], row["outcome"], example, 0)
    return tally
