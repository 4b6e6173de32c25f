"""A verdict for each generator: is it useful, close, a copy? The report states the rules."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from genodiff.evaluation.accuracy import wilson_interval
from genodiff.generators import COPYING
from genodiff.generators.dataset import NULL, PLANTED, REAL

# Smallest chance-corrected recovery of a useful dataset, and of a partly useful one.
USEFUL, PARTLY_USEFUL = 0.8, 0.4
# Largest distance of AA_truth and of AA_syn from the null's for a close dataset, and a partly close one.
CLOSE, PARTLY_CLOSE = 0.1, 0.25


@dataclass(frozen=True)
class Answer:
    """The answer to one question: a word, its tone (good, middling, bad), and the reason."""

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
    copies: Answer
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
    limits = attack_limits(privacy)
    found = []
    for name, entry in generators.items():
        if name not in limits.index:
            continue
        useful, recovery = judge_use(accuracy.loc[name], accuracy.loc[REAL], chance)
        close = judge_closeness(_accuracies(table3, name), _accuracies(table3, NULL))
        copies = judge_copies(limits.loc[name], limits.loc[NULL], limits.loc[PLANTED], entry["kind"])
        found.append(Verdict(name, entry["title"], entry["kind"], useful, close, copies, recovery))
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


def attack_limits(privacy: pd.DataFrame) -> pd.DataFrame:
    """Means over seeds of the attack's results, by dataset; `privacy` is the long table."""
    columns = ["auc", "auc_low", "auc_high", "tpr_at_fpr_1", "members"]
    return privacy.groupby("dataset")[columns].mean()


def _rate_above(own: pd.Series, null: pd.Series) -> bool:
    """Whether the true-positive rate at 1% false positives is above that of the null: the 95% limits
    (Wilson) do not overlap."""
    low, _ = wilson_interval(round(own["tpr_at_fpr_1"] * own["members"]), int(own["members"]))
    _, high = wilson_interval(round(null["tpr_at_fpr_1"] * null["members"]), int(null["members"]))
    return low > high


def detected(own: pd.Series, null: pd.Series) -> bool:
    """Whether the attack detects the training individuals of a dataset: the AUC is above 0.5, or the
    true-positive rate above the null's, by their 95% limits."""
    return own["auc_low"] > 0.5 or _rate_above(own, null)


def judge_copies(own: pd.Series, null: pd.Series, planted: pd.Series, kind: str) -> Answer:
    """Copying from the attack's AUC with its 95% limits, its true-positive rate and number of members
    (auc, auc_low, auc_high, tpr_at_fpr_1, members), beside those of null and positive control.

    An attack whose null is not 0.5, or that does not detect its positive control, shows nothing where it
    detects nothing.
    """
    numbers = (
        f"The AUC of the attack is {own['auc']:.2f} (95% interval {own['auc_low']:.2f} to "
        f"{own['auc_high']:.2f}; null, unseen real individuals: {null['auc']:.2f}); at a false positive "
        f"rate of 1% it detects {own['tpr_at_fpr_1']:.1%} of the training individuals."
    )
    if kind in COPYING:
        return Answer(
            "yes", "bad",
            f"By construction its individuals consist of {COPYING[kind]} of real individuals; the "
            "attack compares whole individuals and may not detect this. " + numbers,
        )  # fmt: skip
    if null["auc_low"] > 0.5:
        why = " The null itself is above 0.5, so this attack gives no information on this cohort."
        return Answer("undetermined", "middling", numbers + why)
    if detected(own, null):
        return Answer("signs of copying", "bad", numbers)
    if null["auc_high"] < 0.5:
        why = " The null itself is below 0.5, so this attack gives no information on this cohort."
        return Answer("undetermined", "middling", numbers + why)
    if not detected(planted, null):
        why = (
            f" The attack does not detect its positive control either (AUC {planted['auc']:.2f}), so "
            "the absence of a sign has no meaning here."
        )
        return Answer("undetermined", "middling", numbers + why)
    return Answer("no sign in this attack", "good", numbers + " That is no proof of privacy.")
