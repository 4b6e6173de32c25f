"""What attacks find if only some individuals and genes of a synthetic cohort are released."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from genodiff.cohort.label_mix import draw, matched_counts, whole_individuals
from genodiff.evaluation.attacks import ATTACKS, FREQUENCY, STRONGEST
from genodiff.evaluation.attacks.base import Known
from genodiff.evaluation.attacks.frequency import expected_auc
from genodiff.evaluation.base import Comparison, Sets, class_counts
from genodiff.evaluation.membership import (
    Membership,
    half_of,
    judge,
    numbers,
    random_halves,
    strongest,
)
from genodiff.evaluation.neighbours.rows import Rows, with_features
from genodiff.evaluation.neighbours.search import Budget
from genodiff.runtime.logs import logger

# Individuals of a class that are released at least, where it has so many.
_FEWEST = 2
_AUC = ("auc", "auc_low", "auc_high")


@dataclass(frozen=True)
class Shares:
    """Shares of a synthetic cohort that are released, each above 0 and at most 1."""

    individuals: list[float]
    genes: list[float]


class ReleaseSize(Membership):
    """The attack on class means, and the strongest one of `attacks`, on parts of a cohort.

    attacks: names of those that were the strongest on the whole cohort, one or two.
    snps: int64 (G,), SNPs of each gene.
    """

    def __init__(
        self, settings: Comparison, budget: Budget, seed: int, shares: Shares, attacks: list[str],
        snps: np.ndarray,
    ):  # fmt: skip
        super().__init__(settings, budget, seed)
        self.shares, self.attacks, self.snps = shares, attacks, snps

    def table(self, sets: Sets, null: Sets) -> Iterator[dict]:
        """Rows: two for each share of individuals and genes. `null`: the same sets with individuals in
        place of the dataset that no generator was fitted to."""
        train, whole, of_null = (
            class_counts(rows, sets.classes) for rows in (sets.train, sets.dataset, null.dataset)
        )
        all_genes = np.unique(sets.genes)
        for number in sorted({part_of(len(all_genes), share) for share in self.shares.genes}):
            kept, found = all_genes[spaced(len(all_genes), number)], {}
            own, unseen = self._with_genes(kept, sets, null)
            sizes = {"genes": number, "snps": int(self.snps[kept].sum()), "features": len(own.genes)}
            for counts in parts(whole, self.shares.individuals):
                fewer = counts if (counts <= of_null).all() else matched_counts(counts, of_null)
                # The largest null is that of several sizes.
                if (key := tuple(fewer)) not in found:
                    found[key] = self._attacked(unseen, fewer)
                bound = {FREQUENCY: mean_auc(len(own.genes), train, counts)}
                for name, row in self._attacked(own, counts).items():
                    yield {
                        "individuals": int(counts.sum()), **sizes, "attack": name,
                        **{column: row[column] for column in ("chosen", *_AUC)},
                        "null_individuals": int(fewer.sum()),
                        **{f"null_{column}": found[key][name][column] for column in _AUC},
                        "auc_bound": bound.get(name),
                    }  # fmt: skip
                logger.info("%d individuals, %d genes: done", counts.sum(), number)

    def _with_genes(self, kept: np.ndarray, *all_sets: Sets) -> list[Sets]:
        """The sets with the features of some genes only; a set of individuals that several have is
        copied once."""
        features = np.flatnonzero(np.isin(all_sets[0].genes, kept))
        copies: dict[int, Rows] = {}

        def narrow(rows: Rows) -> Rows:
            if len(features) == rows.features:
                return rows
            if id(rows) not in copies:
                copies[id(rows)] = with_features(rows, features, self.budget.set_mb, self.budget.folder)
            return copies[id(rows)]

        genes = all_sets[0].genes[features]
        return [
            replace(
                sets, train=narrow(sets.train), test=narrow(sets.test), dataset=narrow(sets.dataset),
                references=narrow(sets.references), genes=genes,
            )
            for sets in all_sets
        ]  # fmt: skip

    def _attacked(self, sets: Sets, counts: np.ndarray) -> dict[str, dict]:
        """Columns of the attack on class means and of the strongest one, with so many individuals of
        each class (C,), drawn anew for each choice of members."""
        halves, repeats, by_half = random_halves(sets, self.seed), self.settings.attack_repeats, {}
        for name in dict.fromkeys([FREQUENCY, *self.attacks]):
            attack = ATTACKS[name].load()
            turns = self._turns(attack, sets)
            all_of_them = counts.sum() == len(sets.dataset)
            scored, width = [], len(turns) if all_of_them else len(turns) // repeats
            for start in range(0, len(turns), width):
                rows = draw(
                    sets.dataset.labels, counts, np.random.default_rng([self.seed, start // width])
                )
                part = replace(sets, dataset=sets.dataset.take(rows))
                known = Known(part.dataset, part.genes, part.classes, part.network)
                scored += self._scores(attack, part, known, turns[start : start + width])[0]
            if name == FREQUENCY:
                frequency = numbers(judge(scored, turns)) | {"chosen": None}
            by_half[name] = [judge(scored, half_of(turns, halves, side)) for side in (False, True)]
        best = strongest({name: by_half[name] for name in self.attacks})
        return {FREQUENCY: frequency, STRONGEST: best | {"chosen": " and ".join(self.attacks)}}


def strongest_on_parts(rows: list[dict]) -> list[str]:
    """Names of the strongest attacks, from the rows of all attacks on a cohort: those that were chosen
    on either half; if none of them needs components only, the one with the largest AUC that does."""
    (best,) = (row for row in rows if row["attack"] == STRONGEST)
    chosen = [name for name in best["chosen"].split(" and ") if _needs_components_only(name)]
    others = [row for row in rows if row is not best and _needs_components_only(row["attack"])]
    return chosen or [max(others, key=lambda row: row["auc"] or 0)["attack"]]


def _needs_components_only(name: str) -> bool:
    """Whether an attack has neither the genotypes of individuals nor the network of their generator,
    which do not belong to a part."""
    attack = ATTACKS[name].load()
    return not (attack.uses_dosages or attack.learnt)


def part_of(number: int, share: float) -> int:
    """A share of a number, at least 1."""
    return max(1, round(share * number))


def spaced(number: int, chosen: int) -> np.ndarray:
    """`chosen` evenly spaced numbers int64 below `number`."""
    return (np.arange(chosen) * number) // chosen


def parts(whole: np.ndarray, shares: list[float]) -> list[np.ndarray]:
    """Individuals of each class (C,) of shares of a cohort, in its label mix, from the smallest on."""
    least = np.minimum(whole, _FEWEST)
    found = [whole_individuals(whole, part_of(whole.sum(), share)) for share in sorted(shares)]
    distinct = dict.fromkeys(tuple(np.maximum(counts, least)) for counts in found)
    return [np.array(counts) for counts in distinct]


def mean_auc(features: int, members: np.ndarray, released: np.ndarray) -> float:
    """`expected_auc` with infinitely many references, averaged over released classes."""
    both = (members > 0) & (released > 0)
    return float(expected_auc(features, members[both], released[both]).mean())
