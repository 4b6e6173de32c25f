"""Relatedness: KING-robust kinship within the candidates and between them and real individuals, and
exact copies."""

from collections import Counter
from functools import cached_property
from typing import Any

import numpy as np
from scipy.special import ndtri

from genodiff.evaluation.fidelity.base import Block, FidelityMetric, Thinned
from genodiff.evaluation.fidelity.people import CANDIDATE, TEST, TRAIN
from genodiff.qc.relatives import CLOSE, LEAST_FREQUENCY, kinship, standard_error

# Smallest kinship of third-degree relatives (Manichaikul et al. 2010).
DISTANT = 0.0442
# Hashes of the genotypes of an individual, each modulo this prime number.
_HASHES, _PRIME = 4, 2**31 - 1
# Pairs whose standard error is estimated, and the largest share of unrelated individuals that may seem
# related to another one.
_PAIRS, _LEVEL = 200, 0.05


class Relatedness(FidelityMetric):
    """Largest kinship of any pair and shares of individuals with a relative of the second (or closer)
    and third (or closer) degree: among the candidates of a draw, and between these and training or test
    individuals. Shares of all candidates with the genotypes of another individual at every SNP.

    The candidates of the null are the test individuals, so training individuals stand for them in the
    comparison with test individuals.
    """

    def __init__(self, **arguments: Any):
        super().__init__(**arguments)
        people, most = self.people, self.settings.individuals
        rng = np.random.default_rng(self.seed)
        labels = {name: people.groups[name].labels for name in (TRAIN, TEST)}
        self._others = {name: np.sort(rng.permutation(len(own))[:most]) for name, own in labels.items()}
        draws = people.draws
        # Sides of each comparison: group and draws, and the other group.
        self._sides = {
            "train": (CANDIDATE, draws, TRAIN),
            "test": (TRAIN, people.train_draws, TEST) if people.null else (CANDIDATE, draws, TEST),
        }
        chosen = self.sites.thinned(self.settings.snps, LEAST_FREQUENCY)
        used = {name: [own] for name, own in self._others.items()} | {CANDIDATE: draws}
        if people.null:
            used[TRAIN] = [*used[TRAIN], *people.train_draws]
        self._kept = {
            name: Thinned(name, np.unique(np.concatenate(rows)), chosen) for name, rows in used.items()
        }
        self._hashes = {
            name: np.zeros((_HASHES, len(group.labels))) for name, group in people.groups.items()
        }
        self._random = np.random.default_rng([self.seed, 1])

    def add(self, block: Block) -> None:
        """Keep thinned SNPs, and add every SNP to the hash of each individual."""
        for kept in self._kept.values():
            kept.add(block)
        # Sums over at most 2^20 SNPs are whole numbers below 2^53, hence exact.
        factors = self._random.integers(0, _PRIME, (_HASHES, len(block.sites))).astype(float)
        for name, hashes in self._hashes.items():
            hashes += factors @ (block.dosage[name] + 1)
            hashes %= _PRIME

    def numbers(self) -> list[dict[str, Any]]:
        """For within, train and test: largest, second_degree and third_degree; duplicates."""
        draws = [self._kept[CANDIDATE].of(rows) for rows in self.people.draws]
        rows = self._rows("within", [_closest(own, own, True) for own in draws], self.people.drawn)
        for name, (group, subsets, other) in self._sides.items():
            theirs = self._kept[other].of(self._others[other])
            own = [self._kept[group].of(part) for part in subsets]
            rows += self._rows(name, [_closest(part, theirs, False) for part in own], len(theirs))
        for name, share in self._duplicates().items():
            size = len(self.people.groups[CANDIDATE].labels)
            rows.append(self.number(f"{name}_duplicates", [share]) | {"se": None, "n": size})
        return rows

    def _rows(self, name: str, closest: list[np.ndarray], partners: int) -> list[dict[str, Any]]:
        """Rows from the closest kinship of each individual in each draw with one of `partners`. A share
        is None if chance makes more than _LEVEL of unrelated individuals exceed the limit."""
        rows = [self.number(f"{name}_largest", [own.max(initial=-np.inf) for own in closest])]
        noise = -ndtri(_LEVEL / max(partners, 1)) * self._error
        for key, limit in (("second_degree", CLOSE), ("third_degree", DISTANT)):
            judged = noise <= limit and all(map(len, closest))
            shares = [(own >= limit).mean() if judged else np.nan for own in closest]
            rows.append(self.number(f"{name}_{key}", shares))
        return rows

    @cached_property
    def _error(self) -> float:
        """Standard error of the kinship of a training and a test individual; NaN where it has none."""
        rng = np.random.default_rng(self.seed)
        sides = [self._kept[name].of(rng.choice(self._others[name], _PAIRS)) for name in (TRAIN, TEST)]
        gene = self.sites.gene[self._kept[TRAIN].chosen]
        order = np.argsort(gene, kind="stable")
        return standard_error(*(side[:, order] for side in sides), gene[order])

    def _duplicates(self) -> dict[str, float]:
        keys = {name: [pair.tobytes() for pair in h.T] for name, h in self._hashes.items()}
        often = Counter(keys[CANDIDATE])
        found = {"within": float(np.mean([often[key] > 1 for key in keys[CANDIDATE]]))}
        for name, (group, _, other) in self._sides.items():
            known = set(keys[other])
            found[name] = float(np.mean([key in known for key in keys[group]]))
        return found


def _closest(a: np.ndarray, b: np.ndarray, same: bool) -> np.ndarray:
    """Largest kinship (n,) of each individual of a (n, V) with one of b, or with another one of a where
    both are the `same`; dosages int8. Empty without a SNP or a pair."""
    if not a.size or not b.size or (same and len(a) < 2):
        return np.zeros(0)
    values = kinship(a, b)
    if same:
        np.fill_diagonal(values, -np.inf)
    return values.max(1)
