"""`qc.tsv`: counts of individuals, records, calls and genes by outcome."""

import csv
import os

from genodiff.formats.common import whole_file
from genodiff.qc.counts import Count, Tally, read_counts
from genodiff.qc.outcomes import OUTCOMES, words

COLUMNS = ("unit", "outcome", "count", "first", "meaning")


def ordered(tally: Tally) -> list[tuple[str, str, Count]]:
    """Unit, outcome and count of a tally in the order of OUTCOMES; unknown outcomes come last."""
    units = list(OUTCOMES)
    order = {(unit, outcome): i for unit in units for i, outcome in enumerate(OUTCOMES[unit])}
    return sorted(
        tally,
        key=lambda row: (
            units.index(row[0]) if row[0] in OUTCOMES else len(units), order.get(row[:2], len(order)),
        ),
    )  # fmt: skip


def write_qc_table(*, counts: list[str], output: str | os.PathLike) -> None:
    """Write one table of the summed counts of the files in `counts`."""
    tally = Tally.sum(read_counts(path) for path in counts)
    with whole_file(output) as temporary, open(temporary, "w", newline="", encoding="utf-8") as file:
        out = csv.writer(file, delimiter="\t", lineterminator="\n")
        out.writerow(COLUMNS)
        for unit, outcome, count in ordered(tally):
            # Examples of individuals and calls name individuals, which must not appear in reports.
            first = "" if unit in ("individual", "call") else "; ".join(count.examples)
            out.writerow([unit, outcome, count.count, first, words(unit, outcome)])


def read_qc_table(path: str | os.PathLike) -> list[dict[str, str]]:
    """The rows of qc.tsv; raises ValueError on another table."""
    with open(path, newline="", encoding="utf-8") as file:
        rows = csv.DictReader(file, delimiter="\t")
        if tuple(rows.fieldnames or ()) != COLUMNS:
            raise ValueError(f"{path}: not a quality table of this version")
        return list(rows)
