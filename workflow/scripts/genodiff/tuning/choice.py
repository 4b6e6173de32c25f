"""Which of the finished trials is chosen, and which are on the front."""

from collections.abc import Sequence
from typing import Any

Row = dict[str, Any]


def is_feasible(row: Row) -> bool:
    """Whether a trial is complete and attacks find nothing in its individuals."""
    return row["state"] == "complete" and row["excess"] <= 0


def front(rows: Sequence[Row]) -> list[Row]:
    """Feasible trials that no other one beats: at least as much recovery and as small a distance, and
    more or smaller in one of them."""
    own = [row for row in rows if is_feasible(row)]
    return [row for row in own if not any(_beats(other, row) for other in own)]


def _beats(one: Row, other: Row) -> bool:
    pairs = (one["recovery"], -one["closeness"]), (other["recovery"], -other["closeness"])
    return all(a >= b for a, b in zip(*pairs, strict=True)) and pairs[0] != pairs[1]


def choose(rows: Sequence[Row]) -> Row | None:
    """The closest of the feasible trials whose recovery is within one standard error (that of the best)
    of the best one; None without any. Ties go to more recovery, then to the earlier trial."""
    own = [row for row in rows if is_feasible(row)]
    if not own:
        return None
    best = max(own, key=lambda row: (row["recovery"], -row["number"]))
    enough = best["recovery"] - best["recovery_se"]
    close = [row for row in own if row["recovery"] >= enough]
    return min(close, key=lambda row: (row["closeness"], -row["recovery"], row["number"]))
