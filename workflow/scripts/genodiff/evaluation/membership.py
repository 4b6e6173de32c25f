"""Membership inference: do synthetic individuals reveal the training individuals of their generator?

Every attack (`evaluation.attacks`) scores training individuals (members) and test individuals
(non-members) of the same label mix. Those that compare with reference individuals have the validation
individuals and one half of the test individuals as references, and the other half as non-members, by
turns; or all test individuals as non-members, if references come from elsewhere. Those that learn what
members look like learn it from other members and non-members than those they score (`cross_fitting`).
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from genodiff.cohort.label_mix import draw, matched_counts, whole_individuals
from genodiff.evaluation.attacks import ATTACKS, EACH, JUDGED_RATE, RATES, STRONGEST, WHITE_BOX
from genodiff.evaluation.attacks.base import Attack, Known
from genodiff.evaluation.base import Metric, Sets, class_counts
from genodiff.evaluation.cross_fitting import WIDER, cross_fitted, halve
from genodiff.evaluation.neighbours.rows import Rows, join, noised
from genodiff.evaluation.roc import (
    Area,
    area,
    exact_interval,
    exchangeable_error,
    placements,
    rate_by_chance,
    true_positive_rate,
)
from genodiff.generators.dataset import NOISED, PLANTED, PLANTED_FEW
from genodiff.runtime.logs import logger

# Of copies that are not exact: the standard deviation of the noise, in those of the features.
NOISE = 0.5
# The few copies are this share of the others.
FEW = 0.1
# Scores float64 of the training and of the test individuals; NaN for those without a part.
Scores = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Turn:
    """One choice of individuals: members, non-members, and the test individuals that are references;
    indices int64 of training and test individuals."""

    members: np.ndarray
    others: np.ndarray
    references: np.ndarray


@dataclass(frozen=True)
class Judged:
    """Results of an attack: the AUC of all turns; placements float64 (turns, individuals) of training
    and test individuals, NaN for those without a part; (turns, rates) true-positive rates, and their
    probabilities by chance."""

    area: Area
    of_members: np.ndarray
    of_others: np.ndarray
    rates: np.ndarray
    chances: np.ndarray


class Membership(Metric):
    """Rows of all attacks on a dataset; for the null also on its positive controls."""

    def rows(self, sets: Sets) -> list[dict]:
        """For each attack one row, and one for the strongest of those that need no network."""
        if not sets.null:
            return self._of(sets, {})
        # Repeated until they are as many as the training individuals: copies are then as rare as in a
        # synthetic cohort of this size.
        size = max(len(sets.train), len(sets.dataset))
        null = sets.dataset.take(np.resize(np.arange(len(sets.dataset)), size))
        found = self._of(replace(sets, dataset=null), {})
        for name, control in self._controls(null, sets.train):
            found += self._of(replace(sets, dataset=control), {"dataset": name})
        return found

    def _of(self, sets: Sets, key: dict[str, str]) -> list[dict]:
        rows, by_half, halves = [], {}, random_halves(sets, self.seed)
        known = Known(sets.dataset, sets.genes, sets.classes, sets.network)
        for name, entry in ATTACKS.items():
            attack = entry.load()
            attacked = sets.train, sets.test, sets.dataset
            if attack.uses_dosages and any(own.calls is None for own in attacked):
                continue
            turns = self._turns(attack, sets)
            scored, bound = self._scores(attack, sets, known, turns)
            whole = self._judge(attack, scored, turns, sets)
            if name != WHITE_BOX:  # which is not open to those who have the release only
                by_half[name] = [judge(scored, half_of(turns, halves, s)) for s in (False, True)]
            taken = len(sets.references) + len(turns[0].references) if attack.uses_references else 0
            sizes = {"references": taken, "synthetic": len(sets.dataset), "turns": len(turns)}
            more = {"auc_bound": bound} | right_guesses(scored if attack.guesses else [], turns)
            more |= copied(scored[0] if attack.copies_above is not None else None, attack)
            rows.append(key | {"attack": name} | sizes | numbers(whole) | more)
            logger.info("%s %s: AUC %.3f, error %.3f", *key.values() or [""], name, *whole.area)
        sizes |= {key: max(row[key] for row in rows) for key in ("references", "turns")}
        more = {"auc_bound": None} | right_guesses([], []) | copied(None, Attack)
        return [*rows, key | {"attack": STRONGEST} | sizes | strongest(by_half) | more]

    def _judge(
        self, attack: type[Attack], scored: list[Scores], turns: list[Turn], sets: Sets
    ) -> Judged:
        if not attack.learnt:
            return judge(scored, turns)
        judged = judge(*learnt(scored, turns, (sets.train.labels, sets.test.labels), self.seed))
        return replace(judged, area=Area(judged.area.auc, WIDER * judged.area.error))

    def _turns(self, attack: type[Attack], sets: Sets) -> list[Turn]:
        halved, settings = attack.uses_references and not sets.outside, self.settings
        return choose_turns(sets, halved, settings.attack_repeats, self.seed, settings.attack_members)

    def _scores(
        self, attack: type[Attack], sets: Sets, known: Known, turns: list[Turn]
    ) -> tuple[list[Scores], float | None]:
        """Scores of training and test individuals in each turn, and the bound of the AUC. Turns with the
        same references have the same scores. Training individuals without a part in any of them have
        NaN, except where the attack recognises copies, which are counted among all."""
        prepared, found = attack(known, self.budget, self.seed), {}
        together = defaultdict(list)
        for turn in turns:
            together[turn.references.tobytes()].append(turn.members)
        for turn in turns:
            key = turn.references.tobytes()
            if key in found:
                continue
            used = np.unique(np.concatenate(together[key]))
            if attack.copies_above is not None or not len(used):
                used = np.arange(len(sets.train))
            references = sets.references
            if len(turn.references):
                own = sets.test.take(turn.references)
                references = join(references, own, self.budget.set_mb, self.budget.folder)
            prepared.refer(references)
            scores = prepared.scores(sets.train.take(used))
            all_scores = np.full((len(sets.train), *scores.shape[1:]), np.nan)
            all_scores[used] = scores
            found[key] = all_scores, prepared.scores(sets.test)
        bound = prepared.bound(class_counts(sets.train, sets.classes))
        return [found[turn.references.tobytes()] for turn in turns], bound

    def _controls(self, null: Rows, train: Rows) -> Iterator[tuple[str, Rows]]:
        """The null with copies of training individuals: exact ones, few of them, and noised ones."""
        share, rng = self.settings.planted_share, np.random.default_rng(self.seed)
        order = rng.permutation(len(train))
        for name, part in ((PLANTED, share), (PLANTED_FEW, FEW * share), (NOISED, share)):
            copies = train.take(np.sort(order[: max(1, round(part * len(order)))]))
            if name == NOISED:
                copies = noised(copies, NOISE, rng)
            yield name, join(null, copies, self.budget.set_mb, self.budget.folder)


def choose_turns(
    sets: Sets, halved: bool, repeats: int, seed: int, most: int | None = None
) -> list[Turn]:
    """The turns. If `halved`, the halves of the test individuals are non-members and references in turn,
    2 x `repeats` turns; else all of them are non-members.

    Members are drawn anew for each turn, as many as the label mix of the non-members allows, but at
    most `most`.
    """
    rng, turns = np.random.default_rng(seed), []
    available = class_counts(sets.train, sets.classes)
    for _ in range(repeats):
        parts = [(np.arange(len(sets.test)), np.arange(0))]
        if halved:
            # Individuals of each class alternate, so that both halves have the label mix.
            order = [rng.permutation(np.flatnonzero(sets.test.labels == c)) for c in range(sets.classes)]
            order = np.concatenate(order)
            one, other = np.sort(order[::2]), np.sort(order[1::2])
            parts = [(one, other), (other, one)]
        for others, references in parts:
            mix = np.bincount(sets.test.labels[others], minlength=sets.classes)
            counts = matched_counts(mix, available) if len(others) else mix
            if most is not None and counts.sum() > most:
                counts = whole_individuals(mix, most)
            turns.append(Turn(draw(sets.train.labels, counts, rng), others, references))
    return turns


def random_halves(sets: Sets, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Whether each training and each test individual is in the second half, bool (n,): one half of the
    individuals of each class."""
    rng = np.random.default_rng([seed, 1])
    return halve(sets.train.labels, rng), halve(sets.test.labels, rng)


def half_of(turns: list[Turn], halves: tuple[np.ndarray, np.ndarray], side: bool) -> list[Turn]:
    """The turns with the individuals of one half only."""
    return [
        replace(
            turn,
            members=turn.members[halves[0][turn.members] == side],
            others=turn.others[halves[1][turn.others] == side],
        )
        for turn in turns
    ]


def learnt(
    features: list[Scores], turns: list[Turn], labels: tuple[np.ndarray, np.ndarray], seed: int
) -> tuple[list[Scores], list[Turn]]:
    """Scores from features float64 (n, k) of training and test individuals in each turn, whose class
    numbers are `labels`; each turn becomes two, with a half of its individuals each."""
    scored, halves = [], []
    for number, ((train, test), turn) in enumerate(zip(features, turns, strict=True)):
        chosen = turn.members, turn.others
        own = [values[part] for values, part in zip((train, test), chosen, strict=True)]
        classes = tuple(values[part] for values, part in zip(labels, chosen, strict=True))
        rng = np.random.default_rng([seed, 2, number])
        for pair in cross_fitted(*own, classes, rng):
            scores = np.full(len(train), np.nan), np.full(len(test), np.nan)
            for all_scores, part, values in zip(scores, chosen, pair, strict=True):
                all_scores[part] = values
            members, others = (
                part[~np.isnan(values)] for part, values in zip(chosen, pair, strict=True)
            )
            scored.append(scores)
            halves.append(replace(turn, members=members, others=others))
    return scored, halves


def right_guesses(scored: list[Scores], turns: list[Turn]) -> dict[str, float | None]:
    """Columns of an attack that guesses something: the shares of members and of non-members for whom
    it is right, means over turns. None without scores."""
    if not scored:
        return {"right_members": None, "right_others": None}
    pairs = zip(scored, turns, strict=True)
    shares = [((a[turn.members] > 0).mean(), (b[turn.others] > 0).mean()) for (a, b), turn in pairs]
    return dict(zip(("right_members", "right_others"), np.mean(shares, 0).tolist(), strict=True))


def copied(scores: Scores | None, attack: type[Attack]) -> dict[str, int | None]:
    """Columns of an attack that recognises copies: numbers of training and of test individuals that are
    in the dataset unchanged. None without scores."""
    names = "copied_training", "copied_test"
    if scores is None:
        return dict.fromkeys(names)
    return {
        name: int((own >= attack.copies_above).sum()) for name, own in zip(names, scores, strict=True)
    }


def judge(scored: list[Scores], turns: list[Turn]) -> Judged:
    """Results from the scores of training and test individuals in each turn. Where most scores are tied,
    the error of the AUC is not smaller than that of as many exchangeable individuals."""
    of_members, of_others = (np.full((len(turns), len(s)), np.nan) for s in scored[0])
    rates, chances = np.zeros((len(turns), len(RATES))), np.ones((len(turns), len(RATES)))
    pooled = []
    for number, ((train, test), turn) in enumerate(zip(scored, turns, strict=True)):
        own, theirs = train[turn.members], test[turn.others]
        if not len(own) or not len(theirs):
            continue
        of_members[number, turn.members], of_others[number, turn.others] = placements(own, theirs)
        pooled.append(np.concatenate([own, theirs]))
        for column, share in enumerate(RATES.values()):
            rate = rates[number, column] = true_positive_rate(own, theirs, share)
            chances[number, column] = rate_by_chance(len(own), len(theirs), rate, share)
    found = area(of_members, of_others)
    used = [int((~np.isnan(values)).any(0).sum()) for values in (of_members, of_others)]
    errors = [exchangeable_error(scores, *used) for scores in pooled]
    found = found._replace(error=max([found.error, *([np.mean(errors)] if errors else [])]))
    return Judged(found, of_members, of_others, rates, chances)


def numbers(judged: Judged) -> dict[str, float | int | str | None]:
    """Columns of one attack: members and non-members that had a part in any turn, AUC and rates with
    limits, and the probability of the JUDGED_RATE by chance.

    Twice the median of the probabilities of turns, which are not independent, is a probability again
    (Rueger 1978)."""
    chance = np.median(judged.chances[:, list(RATES).index(JUDGED_RATE)])
    several = len(judged.chances) > 1
    members = (~np.isnan(judged.of_members)).sum(1).max()
    row = {
        "members": int((~np.isnan(judged.of_members)).any(0).sum()),
        "non_members": int((~np.isnan(judged.of_others)).any(0).sum()),
        **_limits(judged.area, judged.rates.mean(0), members),
    }
    return row | {"chance": min(1.0, float((1 + several) * chance)), "chosen": None}


def _limits(found: Area, rates: np.ndarray, members: int) -> dict[str, float | None]:
    """Columns of the AUC and of rates (of so many members); None for an AUC of too few individuals."""
    columns = {"auc": found.auc} | dict(zip(("auc_low", "auc_high"), found.limits(EACH), strict=True))
    for name, rate in zip(RATES, rates, strict=True):
        low, high = exact_interval(rate, members, EACH)
        columns |= {name: rate, f"{name}_low": low, f"{name}_high": high}
    return {name: float(value) if value == value else None for name, value in columns.items()}


def strongest(by_half: dict[str, list[Judged]]) -> dict[str, float | int | str | None]:
    """Columns of the strongest attack: the one with the largest AUC on one half of the individuals,
    judged on the other half, and the other way round; the mean of both, so that the choice among several
    attacks does not raise the number. `by_half`: the results of each attack on both halves."""
    aucs = np.nan_to_num([[judged.area.auc for judged in pair] for pair in by_half.values()])
    best = [list(by_half)[number] for number in aucs.argmax(0)]
    sides = by_half[best[0]][1], by_half[best[1]][0]
    own = [numbers(side) for side in sides]
    both = Area(
        np.mean([side.area.auc for side in sides]),
        np.hypot(*(side.area.error for side in sides)) / 2,
    )
    members = sum((~np.isnan(side.of_members)).sum(1).max() for side in sides)
    rates = np.mean([side.rates.mean(0) for side in sides], axis=0)
    return {
        **{key: sum(row[key] for row in own) for key in ("members", "non_members")},
        **_limits(both, rates, members),
        "chance": min(1.0, sum(row["chance"] for row in own)),
        "chosen": " and ".join(dict.fromkeys(best)),
    }
