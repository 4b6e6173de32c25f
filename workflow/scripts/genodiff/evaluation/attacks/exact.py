"""What an individual shares exactly with synthetic individuals: values, genes, and runs of genes.

Values are equal if they agree after rounding to _STEP standard deviations, so that the rounding errors
of decoding and encoding do not count. Values, or the values of a gene, are represented by 32 bits.
"""

from collections.abc import Iterator

import numpy as np

from genodiff.evaluation.attacks.base import Attack
from genodiff.evaluation.neighbours.rows import Rows

_STEP, _MOST = 1e-3, 2e9
# Individuals whose values are read at once, and genes at which runs start that are compared at once.
_AT_ONCE, _STARTS = 64, 256
# Odd numbers that spread products over 64 bits (Knuth's multiplicative hash; SplitMix64).
_SPREAD, _MIX = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9)
_HIGH = np.uint64(32)
# Factor of the code of a run before the code of its next gene is added; odd.
_RUN = np.uint32(2654435769)


def value_codes(x: np.ndarray) -> np.ndarray:
    """Codes int32 (N, D) of values float32 (N, D)."""
    return np.rint(np.clip(x / _STEP, -_MOST, _MOST)).astype(np.int32)


def gene_codes(x: np.ndarray, genes: np.ndarray) -> np.ndarray:
    """Codes uint32 (N, G) of the genes of x float32 (N, D); `genes` int64 (D,) ascending."""
    starts = np.flatnonzero(np.r_[True, genes[1:] != genes[:-1]])
    place = np.arange(len(genes)) - np.repeat(starts, np.diff(np.r_[starts, len(genes)]))
    spread = (place.astype(np.uint64) + np.uint64(1)) * _SPREAD
    mixed = value_codes(x).view(np.uint32).astype(np.uint64) + spread
    mixed = (mixed ^ (mixed >> _HIGH)) * _MIX
    sums = np.add.reduceat((mixed ^ (mixed >> _HIGH)) * _SPREAD, starts, axis=1)
    return (sums >> _HIGH).astype(np.uint32)


def recurring(own: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Whether each code of `own` uint32 (U, N) is among the codes of the same unit in `others` (U, M):
    bool (U, N)."""
    found = np.empty(own.shape, bool)
    for unit, (mine, theirs) in enumerate(zip(own, np.sort(others, axis=1), strict=True)):
        place = np.searchsorted(theirs, mine)
        found[unit] = theirs[np.minimum(place, len(theirs) - 1)] == mine
    return found


def prefixes(codes: np.ndarray) -> np.ndarray:
    """Codes uint32 (G + 1, N) of the first 0, 1, ... G genes of codes (G, N): polynomials in _RUN."""
    out = np.zeros((len(codes) + 1, codes.shape[1]), np.uint32)
    for gene, own in enumerate(codes):
        np.add(out[gene] * _RUN, own, out=out[gene + 1])
    return out


def longest_runs(own: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Number int64 (N,) of consecutive genes that each of `own`, codes uint32 (G, N), shares with one of
    `others` (G, M) at most.

    Exact up to 16 genes; longer runs are found in steps of an eighth of their length, and from 32 genes
    on by runs that start at every 16th part of it, so that the last step may be missed.
    """
    longest, left, length = np.zeros(own.shape[1], np.int64), np.arange(own.shape[1]), 1
    own, others = prefixes(own), prefixes(others)
    while length < len(own) and len(left):
        starts = np.arange(0, len(own) - length, max(1, length // 16))
        factor = np.uint32(pow(int(_RUN), length, 2**32))
        # Whoever shares a run of this length in one part of the genes is not looked for in the next.
        without = left
        for part in np.array_split(starts, -(-len(starts) // _STARTS)):
            theirs = others[part + length] - others[part] * factor
            mine = own[np.ix_(part + length, without)] - own[np.ix_(part, without)] * factor
            without = without[~recurring(mine, theirs).any(0)]
            if not len(without):
                break
        # Whoever shares a run shares the shorter ones: a code that agrees by chance does not count.
        left = np.setdiff1d(left, without)
        longest[left] = length
        length += max(1, length // 8)
    return longest


class ExactValues(Attack):
    """Number of features whose value occurs in a synthetic individual."""

    uses_references = False

    def scores(self, individuals: Rows) -> np.ndarray:
        out, synthetic = np.zeros(len(individuals)), self.known.synthetic.distinct()[0]
        # Some features of all individuals at once, and copies while their codes are computed.
        size = self.budget.memory_mb * 2**20 / 8 / (4 * (len(individuals) + len(synthetic)))
        for start in range(0, individuals.features, max(1, int(size))):
            part = slice(start, start + max(1, int(size)))
            own, others = (
                np.ascontiguousarray(value_codes(rows.columns(part)).T)
                for rows in (individuals, synthetic)
            )
            out += sum(np.isin(*feature) for feature in zip(own, others, strict=True))
        return out


class _Exact(Attack):
    """Genes in blocks of individuals are compared with those in blocks of synthetic individuals."""

    uses_references = False

    def _blocks(self, individuals: Rows) -> Iterator[tuple[slice, np.ndarray]]:
        # Two blocks of codes, those of runs, and copies while they are computed.
        genes = self.known.genes
        size = max(1, int(self.budget.memory_mb * 2**20 / 8 / (4 * len(np.unique(genes)))))
        for start in range(0, len(individuals), size):
            stop = min(start + size, len(individuals))
            pieces = [
                gene_codes(individuals.read(slice(first, min(first + _AT_ONCE, stop))), genes)
                for first in range(start, stop, _AT_ONCE)
            ]
            yield slice(start, stop), np.ascontiguousarray(np.concatenate(pieces).T)

    def scores(self, individuals: Rows) -> np.ndarray:
        out, synthetic = np.empty(len(individuals)), self.known.synthetic.distinct()[0]
        for part, own in self._blocks(individuals):
            pairs = (self._compare(own, theirs) for _, theirs in self._blocks(synthetic))
            out[part] = self._score(pairs)
        return out

    def _compare(self, own: np.ndarray, others: np.ndarray) -> np.ndarray:
        return recurring(own, others)

    def _score(self, found: Iterator[np.ndarray]) -> np.ndarray:
        total = next(found)
        for more in found:
            total |= more
        return total.sum(0)


class ExactGenes(_Exact):
    """Number of genes whose components all occur together in one synthetic individual."""


class ExactRun(_Exact):
    """Longest run of consecutive genes that occurs in one synthetic individual."""

    def _compare(self, own: np.ndarray, others: np.ndarray) -> np.ndarray:
        return longest_runs(own, others)

    def _score(self, found: Iterator[np.ndarray]) -> np.ndarray:
        return np.maximum.reduce(list(found))
