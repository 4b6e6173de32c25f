"""Assign SNPs to genes."""

from dataclasses import dataclass

from genodiff.annotations.gene import Gene


@dataclass(frozen=True)
class _Reach:
    """Interval of positions (1-based, both ends included) whose SNPs belong to a gene."""

    low: float
    high: float


def _reaches(genes: list[Gene]) -> list[_Reach]:
    """Intervals of genes extended over the gaps between genes: a position in a gap belongs to the gene
    with the nearest edge; ties go to the left gene, then to the first gene in order."""
    inside = [_Reach(gene.start + 1, gene.end) for gene in genes]
    if not genes:
        return inside
    low, high = {0: float("-inf")}, {}
    farthest = 0  # the gene with the largest end so far
    for number, gene in enumerate(genes[1:], 1):
        end = genes[farthest].end
        if gene.start > end:
            # The midpoint between the last base of one gene and the first of the other, start + 1.
            middle = (end + gene.start + 1) // 2
            high[farthest], low[number] = middle, middle + 1
        if gene.end > end:
            farthest = number
    high[farthest] = float("inf")
    return [
        _Reach(low.get(number, gene.low), high.get(number, gene.high))
        for number, gene in enumerate(inside)
    ]


class Assignment:
    """Genes of one chromosome, queried at increasing positions.

    A SNP belongs to every gene that covers it. A SNP that no gene covers belongs to the nearest gene if
    `between` is "nearest", to no gene if it is "drop". `genes` are sorted by start, end and name.
    """

    def __init__(self, genes: list[Gene], between: str = "drop") -> None:
        if between not in ("drop", "nearest"):
            raise ValueError(f"between: 'drop' or 'nearest', not {between!r}")
        self.genes = genes
        self._reach = [_Reach(gene.start + 1, gene.end) for gene in genes]
        self._wide = _reaches(genes) if between == "nearest" else self._reach
        self._next, self._active, self._finished = 0, [], 0
        self._position, self._current = 0, []

    def genes_at(self, pos: int) -> list[int]:
        """Increasing indices of the genes to which a SNP at a 1-based position belongs.

        Raises ValueError for a position before an earlier one.
        """
        if pos == self._position:
            return self._current
        if pos < self._position:
            raise ValueError(f"position {pos} after {self._position}")
        self._position = pos
        # A gene becomes active where its reach starts; the first gene of a cluster has the widest reach.
        while self._next < len(self.genes) and self._wide[self._next].low <= pos:
            self._active.append(self._next)
            self._next += 1
        self._active = [number for number in self._active if self._wide[number].high >= pos]
        covering = [n for n in self._active if self._reach[n].low <= pos <= self._reach[n].high]
        # At most one reach includes a position that no gene covers.
        self._current = covering or self._active[:1]
        return self._current

    def finished(self, pos: int) -> int:
        """Number of the first genes to which no SNP at `pos` or later can belong."""
        while self._finished < len(self.genes) and self._wide[self._finished].high < pos:
            self._finished += 1
        return self._finished
