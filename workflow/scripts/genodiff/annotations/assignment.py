"""Which genes a SNP belongs to."""

from dataclasses import dataclass

from genodiff.annotations.gene import Gene


@dataclass(frozen=True)
class _Reach:
    """Positions (1-based, both ends included) whose SNPs between genes go to a gene."""

    low: float
    high: float


def _reaches(genes: list[Gene]) -> list[_Reach]:
    """For SNPs between genes: a position goes to the gene whose edge is nearest, and of two that are
    equally near to the one on the left. Of genes with the same edge the first one in order counts."""
    inside = [_Reach(gene.start + 1, gene.end) for gene in genes]
    if not genes:
        return inside
    low, high = {0: float("-inf")}, {}
    farthest = 0  # the gene whose end lies farthest right so far
    for number, gene in enumerate(genes[1:], 1):
        end = genes[farthest].end
        if gene.start > end:
            # Between the last base of one and the first base of the other, which is start + 1.
            middle = (end + gene.start + 1) // 2
            high[farthest], low[number] = middle, middle + 1
        if gene.end > end:
            farthest = number
    high[farthest] = float("inf")
    return [
        _Reach(low.get(number, own.low), high.get(number, own.high)) for number, own in enumerate(inside)
    ]


class Assignment:
    """The genes of one chromosome, asked for positions in increasing order.

    A SNP belongs to every gene that covers it. With `between` "nearest" a SNP that no gene covers goes
    to the nearest one; with "drop" to none. `genes` are sorted by start, end and name.
    """

    def __init__(self, genes: list[Gene], between: str = "drop") -> None:
        if between not in ("drop", "nearest"):
            raise ValueError(f"between: 'drop' or 'nearest', not {between!r}")
        self.genes = genes
        self._reach = [_Reach(gene.start + 1, gene.end) for gene in genes]
        self._wide = _reaches(genes) if between == "nearest" else self._reach
        self._next, self._active, self._finished = 0, [], 0
        self._position, self._found = 0, []

    def genes_at(self, pos: int) -> list[int]:
        """Numbers of the genes that a SNP at a 1-based position belongs to, increasing.

        Raises ValueError for a position before an earlier one.
        """
        if pos == self._position:
            return self._found
        if pos < self._position:
            raise ValueError(f"position {pos} after {self._position}")
        self._position = pos
        # A gene comes up when its reach starts; the first gene of a cluster is the one with the widest.
        while self._next < len(self.genes) and self._wide[self._next].low <= pos:
            self._active.append(self._next)
            self._next += 1
        self._active = [number for number in self._active if self._wide[number].high >= pos]
        covering = [n for n in self._active if self._reach[n].low <= pos <= self._reach[n].high]
        # Where no gene covers a position, one reach at most holds it.
        self._found = covering or self._active[:1]
        return self._found

    def finished(self, pos: int) -> int:
        """How many of the first genes no SNP at `pos` or later can belong to."""
        while self._finished < len(self.genes) and self._wide[self._finished].high < pos:
            self._finished += 1
        return self._finished
