"""Counts of the outcomes of individuals, records, SNPs, calls and genes, and their TSV files.

Columns of a file: chromosome (empty where a count belongs to none), unit, outcome, count, examples (the
first loci or names, separated by "; ").
"""

import csv
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from genodiff.formats.common import whole_file

COLUMNS = ("chromosome", "unit", "outcome", "count", "examples")
# Examples that are kept of each outcome, for messages and tables.
EXAMPLES = 3
# Outcomes whose examples name an individual: one example suffices to find the damage in the file.
_NAMES_INDIVIDUALS = {("call", "unknown_allele"), ("call", "of_incomplete_individuals")}


def _most(unit: str, outcome: str) -> int:
    return 1 if (unit, outcome) in _NAMES_INDIVIDUALS else EXAMPLES


@dataclass
class Count:
    """The number of units with one outcome, and the loci or names of the first ones."""

    count: int = 0
    examples: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        rest = ", ..." if self.count > len(self.examples) else ""
        return f"{self.count}" + (f" ({', '.join(self.examples)}{rest})" if self.examples else "")


class Tally:
    """Counts by unit ("record", "snp", "call", "gene", "individual") and outcome.

    Examples are loci such as `1:5550`, names of genes, and the one individual that a message must name
    so that the user finds the line.
    """

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str], Count] = {}

    def add(self, unit: str, outcome: str, example: str | None = None, count: int = 1) -> None:
        """Add `count` units with this outcome; `example`: a locus or name, kept for the first few."""
        total = self._counts.setdefault((unit, outcome), Count())
        total.count += count
        room = len(total.examples) < _most(unit, outcome)
        if example is not None and room and example not in total.examples:
            total.examples.append(example)

    def __getitem__(self, key: tuple[str, str]) -> int:
        """The number of `(unit, outcome)`, by default 0."""
        total = self._counts.get(key)
        return total.count if total else 0

    def __iter__(self) -> Iterator[tuple[str, str, Count]]:
        """Yield `(unit, outcome, count)` in the order of first appearance."""
        for (unit, outcome), count in self._counts.items():
            yield unit, outcome, count

    def of(self, unit: str) -> dict[str, Count]:
        """Counts of one unit by outcome."""
        return {outcome: count for name, outcome, count in self if name == unit}

    def total(self, unit: str) -> int:
        """Number of a unit over all outcomes."""
        return sum(count.count for count in self.of(unit).values())

    @classmethod
    def sum(cls, tallies: Iterable["Tally"]) -> "Tally":
        """The sum of several tallies."""
        together = cls()
        for tally in tallies:
            for unit, outcome, count in tally:
                together.add(unit, outcome, None, count.count)
                total = together._counts[unit, outcome]
                new = [example for example in count.examples if example not in total.examples]
                total.examples = (total.examples + new)[: _most(unit, outcome)]
        return together


def write_counts(path: str | os.PathLike, tallies: dict[str, Tally]) -> None:
    """Write the tally of each chromosome ("" for counts that belong to none)."""
    with whole_file(path) as temporary, open(temporary, "w", newline="", encoding="utf-8") as file:
        out = csv.writer(file, delimiter="\t", lineterminator="\n")
        out.writerow(COLUMNS)
        for chromosome, tally in tallies.items():
            for unit, outcome, count in tally:
                out.writerow([chromosome, unit, outcome, count.count, "; ".join(count.examples)])


def read_counts(path: str | os.PathLike) -> Tally:
    """The counts of a file summed over chromosomes; raises ValueError on another format."""
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
