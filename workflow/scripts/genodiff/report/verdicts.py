"""A verdict for each generator: is it useful, close, private? The report states the rules."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from genodiff.generators.dataset import NULL, REAL
from genodiff.tables.privacy import judge, proof_of

# Smallest chance-corrected recovery of a useful dataset, and of a partly useful one.
USEFUL, PARTLY_USEFUL = 0.8, 0.4
# Largest distance of AA_truth and of AA_syn from the null's for a close dataset, and a partly close one.
CLOSE, PARTLY_CLOSE = 0.1, 0.25


@dataclass(frozen=True)
class Answer:
    """The answer to one question: a word, its tone (good, middling, unknown, bad), and the reason."""

    word: str
    tone: str
    why: str


@dataclass(frozen=True)
class Verdict:
    """The answers for one dataset."""

    name: str
    title: str
    kind: str  # of the generator
    useful: Answer
    close: Answer
    private: Answer
    recovery: float  # NaN where real individuals give no more than guessing


def verdicts(
    table1: pd.DataFrame,
    table3: pd.DataFrame,
    privacy: pd.DataFrame,
    generators: dict[str, dict[str, Any]],
    chance: float,
) -> list[Verdict]:
    """Verdicts of all generators (entries with title and kind); the tables are the long ones, `chance`
    one over the number of classes."""
    accuracy = table1.groupby("dataset")[["accuracy", "se"]].mean()
    found = []
    for name, entry in generators.items():
        if name not in set(privacy["dataset"]):
            continue
        useful, recovery = judge_use(accuracy.loc[name], accuracy.loc[REAL], chance)
        close = judge_closeness(_accuracies(table3, name), _accuracies(table3, NULL))
        finding = judge(privacy, table3, name, entry["kind"], proof_of(entry))
        private = Answer(finding.state.word, finding.state.tone, finding.why)
        found.append(Verdict(name, entry["title"], entry["kind"], useful, close, private, recovery))
    return found


def judge_use(own: pd.Series, real: pd.Series, chance: float) -> tuple[Answer, float]:
    """Usefulness from mean accuracies and their standard errors (accuracy, se), and the recovery."""
    if not real["accuracy"] > chance + real["se"]:
        why = (
            "Classifiers trained on real individuals are no better than guessing, so the recovery is "
            "undefined."
        )
        return Answer("undetermined", "middling", why), float("nan")
    recovery = (own["accuracy"] - chance) / (real["accuracy"] - chance)
    numbers = (
        f"Chance-corrected recovery {recovery:.0%}: classifiers trained on it reach "
        f"{own['accuracy']:.1%} on real test individuals, against {real['accuracy']:.1%} when trained "
        f"on real individuals and {100 * chance:.3g}% by guessing."
    )
    if own["accuracy"] - chance <= own["se"]:
        return Answer("no", "bad", numbers + " This is within one standard error of guessing."), recovery
    if recovery >= USEFUL:
        return Answer("yes", "good", numbers), recovery
    if recovery >= PARTLY_USEFUL:
        return Answer("partly", "middling", numbers), recovery
    return Answer("no", "bad", numbers), recovery


def _accuracies(table3: pd.DataFrame, name: str) -> tuple[float, float]:
    rows = table3[(table3["dataset"] == name) & (table3["against"] == "test")]
    means = rows.groupby("measure")["value"].mean()
    return float(means["aa_truth"]), float(means["aa_syn"])


def judge_closeness(own: tuple[float, float], null: tuple[float, float]) -> Answer:
    """Closeness from AA_truth and AA_syn against test individuals, each against the null's. Not from
    their mean: 0 and 1 average to 0.5."""
    truth, syn = (value - level for value, level in zip(own, null, strict=True))
    numbers = (
        f"AA_truth {own[0]:.2f} and AA_syn {own[1]:.2f} against test individuals (null, real "
        f"individuals: {null[0]:.2f} and {null[1]:.2f})."
    )
    worst = max(abs(truth), abs(syn))
    if worst <= CLOSE:
        return Answer("yes", "good", numbers)
    # A deviation of half the smaller threshold counts as a direction.
    low, high = -CLOSE / 2, CLOSE / 2
    if truth < low and syn > high:
        way = " The synthetic individuals lie in the centre of the real ones: too little variance."
    elif truth > high and syn > high:
        way = " The synthetic individuals are separated from the real ones."
    elif truth < low and syn < low:
        way = (
            " The synthetic individuals are nearer to real individuals than real individuals are to one "
            "another, as copies would be."
        )
    elif truth > high:
        way = (
            " The synthetic individuals are scattered around the real ones, or lack the dependence "
            "between genes."
        )
    else:
        way = " The synthetic individuals are not distributed as the real ones."
    if worst <= PARTLY_CLOSE:
        return Answer("partly", "middling", numbers + way)
    return Answer("no", "bad", numbers + way)
