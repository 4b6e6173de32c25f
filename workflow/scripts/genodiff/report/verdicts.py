"""A verdict in plain words for each generator: useful? close? copies? The report states the rules."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from genodiff.generators.dataset import NULL, REAL
from genodiff.tables.read import over_seeds

# Chance-corrected recovery from which on a dataset is useful, and partly useful.
USEFUL, PARTLY_USEFUL = 0.8, 0.4
# Largest distance of AA_truth and of AA_syn from the null's for a close dataset, and a partly close one.
CLOSE, PARTLY_CLOSE = 0.1, 0.25


@dataclass(frozen=True)
class Answer:
    """One question's answer: a word, whether it is good news (good, middling, bad), and why."""

    word: str
    tone: str
    why: str


@dataclass(frozen=True)
class Verdict:
    """What is said of a dataset."""

    name: str
    title: str
    kind: str  # of the generator
    useful: Answer
    close: Answer
    copies: Answer
    recovery: float  # NaN where real individuals teach nothing


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
    attack = over_seeds(privacy, ["dataset"], "auc", "auc_low", "auc_high").set_index("dataset")
    limits = privacy.groupby("dataset")[["auc", "auc_low", "auc_high", "tpr_at_fpr_1"]].mean()
    found = []
    for name, entry in generators.items():
        if name not in attack.index:
            continue
        useful, recovery = judge_use(accuracy.loc[name], accuracy.loc[REAL], chance)
        close = judge_closeness(_accuracies(table3, name), _accuracies(table3, NULL))
        copies = judge_copies(limits.loc[name], limits.loc[NULL], entry["kind"])
        found.append(Verdict(name, entry["title"], entry["kind"], useful, close, copies, recovery))
    return found


def judge_use(own: pd.Series, real: pd.Series, chance: float) -> tuple[Answer, float]:
    """Usefulness from mean accuracies and their standard errors (accuracy, se), and the recovery."""
    if not real["accuracy"] > chance + real["se"]:
        why = (
            "Classifiers learn nothing even from real individuals here, so there is nothing to recover."
        )
        return Answer("cannot be told", "middling", why), float("nan")
    recovery = (own["accuracy"] - chance) / (real["accuracy"] - chance)
    numbers = (
        f"Classifiers trained on it reach {own['accuracy']:.1%} on real test individuals; on real individuals "
        f"{real['accuracy']:.1%}, guessing {chance:.1%}: {recovery:.0%} of what real individuals teach."
    )
    if own["accuracy"] - chance <= own["se"]:
        return Answer("no", "bad", numbers + " That is within one standard error of guessing."), recovery
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
        f"AA_truth {own[0]:.2f} and AA_syn {own[1]:.2f} against test individuals (real individuals: {null[0]:.2f} "
        f"and {null[1]:.2f})."
    )
    worst = max(abs(truth), abs(syn))
    if worst <= CLOSE:
        return Answer("yes", "good", numbers)
    # A part of the smaller of the two thresholds counts as a direction.
    low, high = -CLOSE / 2, CLOSE / 2
    if truth < low and syn > high:
        way = " Clumped in the middle of the real individuals: too little variance."
    elif truth > high and syn > high:
        way = " Set apart from the real individuals."
    elif truth < low and syn < low:
        way = " Nearer to real individuals than these are to one another: look for copies."
    elif truth > high:
        way = " Scattered around the real individuals, or missing what links their genes."
    else:
        way = " Not spread as the real individuals are."
    if worst <= PARTLY_CLOSE:
        return Answer("partly", "middling", numbers + way)
    return Answer("no", "bad", numbers + way)


def judge_copies(own: pd.Series, null: pd.Series, kind: str) -> Answer:
    """Copying from the attack's AUC and its 95% limits (auc, auc_low, auc_high, tpr_at_fpr_1)."""
    numbers = (
        f"The attack's AUC is {own['auc']:.2f} ({own['auc_low']:.2f} to {own['auc_high']:.2f}; unseen "
        f"real individuals {null['auc']:.2f}); at 1% false alarms it finds {own['tpr_at_fpr_1']:.1%} of the "
        "members."
    )
    if kind == "mosaic":
        return Answer(
            "yes", "bad",
            "Every gene is a real individual's, by construction; the attack, which looks for whole "
            "individuals, need not see it. " + numbers,
        )  # fmt: skip
    if null["auc_low"] > 0.5:
        why = " Even unseen individuals score above one half here, so that nothing can be said."
        return Answer("cannot be told", "middling", numbers + why)
    if own["auc_low"] > 0.5:
        return Answer("signs of copying", "bad", numbers)
    return Answer("no sign in this attack", "good", numbers + " That is no proof of privacy.")
