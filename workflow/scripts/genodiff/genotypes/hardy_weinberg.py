"""Exact test of Hardy-Weinberg equilibrium (Wigginton, Cutler and Abecasis 2005, AJHG 76:887)."""

from functools import lru_cache

import numpy as np

# Probabilities that are equal but for rounding count as equal.
_ROUNDING = 1e-9


@lru_cache(maxsize=4)
def _log_factorials(most: int) -> np.ndarray:
    return np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, most + 1)))])


@lru_cache(maxsize=65536)
def hardy_weinberg_p(homozygous: int, heterozygous: int, other_homozygous: int) -> float:
    """P value of the three genotype counts: the probability, given the allele counts, of numbers of
    heterozygotes that are no likelier than the one seen. 1 without individuals."""
    individuals = homozygous + heterozygous + other_homozygous
    if not individuals:
        return 1.0
    rare = 2 * min(homozygous, other_homozygous) + heterozygous
    log_factorial = _log_factorials(2 * individuals)
    # Numbers of heterozygotes that these allele counts allow.
    hets = np.arange(rare % 2, rare + 1, 2)
    rare_homs = (rare - hets) // 2
    log_p = hets * np.log(2) - (
        log_factorial[hets] + log_factorial[rare_homs] + log_factorial[individuals - hets - rare_homs]
    )
    log_p -= log_p.max()
    p = np.exp(log_p)
    seen = log_p[heterozygous // 2]
    return float(min(1.0, p[log_p <= seen + _ROUNDING].sum() / p.sum()))
