"""Counts of what became of individuals, records, SNPs, calls and genes, with the first places of
each."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

# Places that are kept of each reason, for messages and tables.
EXAMPLES = 3
# Whose places name an individual: one is enough to find the damage in the file.
_NAMES_INDIVIDUALS = {("call", "unknown_allele")}


def _most(unit: str, outcome: str) -> int:
    return 1 if (unit, outcome) in _NAMES_INDIVIDUALS else EXAMPLES


@dataclass
class Count:
    """How many things share a fate, and where the first of them are."""

    count: int = 0
    examples: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        rest = ", ..." if self.count > len(self.examples) else ""
        return f"{self.count}" + (f" ({', '.join(self.examples)}{rest})" if self.examples else "")


class Tally:
    """Counts by unit ("record", "snp", "call", "gene", "individual") and by what became of it.

    Places are positions such as `1:5550` and names of genes; of individuals only the one that a message
    must name, so that the user finds the line.
    """

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str], Count] = {}

    def add(self, unit: str, outcome: str, example: str | None = None, count: int = 1) -> None:
        """Count `count` more of `unit` with this outcome; `example` is where, kept for the first few."""
        found = self._counts.setdefault((unit, outcome), Count())
        found.count += count
        room = len(found.examples) < _most(unit, outcome)
        if example is not None and room and example not in found.examples:
            found.examples.append(example)

    def __getitem__(self, key: tuple[str, str]) -> int:
        """The number of `(unit, outcome)`; 0 where there is none."""
        found = self._counts.get(key)
        return found.count if found else 0

    def __iter__(self) -> Iterator[tuple[str, str, Count]]:
        """`(unit, outcome, count)`, units and outcomes in the order of their first appearance."""
        for (unit, outcome), count in self._counts.items():
            yield unit, outcome, count

    def of(self, unit: str) -> dict[str, Count]:
        """Outcomes of one unit."""
        return {outcome: count for own, outcome, count in self if own == unit}

    def total(self, unit: str) -> int:
        """How many of a unit there are."""
        return sum(count.count for count in self.of(unit).values())

    @classmethod
    def sum(cls, tallies: Iterable["Tally"]) -> "Tally":
        """All of them together."""
        together = cls()
        for tally in tallies:
            for unit, outcome, count in tally:
                together.add(unit, outcome, None, count.count)
                found = together._counts[unit, outcome]
                new = [example for example in count.examples if example not in found.examples]
                found.examples = (found.examples + new)[: _most(unit, outcome)]
        return together
