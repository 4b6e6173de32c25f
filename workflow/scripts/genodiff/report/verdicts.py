"""A verdict for each generator: is it useful, close, faithful as genotypes, private? The report states
the rules."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from genodiff.generators import COPYING
from genodiff.generators.dataset import NULL, REAL
from genodiff.tables.fidelity import ALL
from genodiff.tables.privacy import COPIES, LEAKS, NOTHING, PROOF, UNJUDGED, judge, proof_of
from genodiff.tables.privacy import title as attack_title

# Smallest chance-corrected recovery of a useful dataset, and of a partly useful one.
USEFUL, PARTLY_USEFUL = 0.8, 0.4
# Largest distance of AA_truth and of AA_syn from the null's for a close dataset, and a partly close one.
CLOSE, PARTLY_CLOSE = 0.1, 0.25
# Largest deviation from training individuals, in units of the null's, of faithful genotypes, and of
# partly faithful ones.
FAITHFUL, PARTLY_FAITHFUL = 1.5, 3
# Numbers of fidelity that count: metric and number, and the value of the training individuals.
GENETIC = {
    "allele frequencies": ("frequency", "mean_difference", 0),
    "heterozygosity": ("heterozygosity", "ratio", 1),
    "linkage disequilibrium": ("ld", "r2_correlation", 1),
    "population structure": ("structure", "wasserstein_pc10", 0),
    # The distance of two samples in ten dimensions hardly changes with a smaller variance.
    "variance of structure": ("structure", "variance_pc10", 1),
}
# What each verdict on privacy means for those who decide about a release.
RELEASE = {
    COPIES.word: "not for release",
    LEAKS.word: "not as it is",
    UNJUDGED.word: "no basis for a decision",
    NOTHING.word: "for the committee to decide",
    PROOF.word: "within the terms of the proof",
}
_Z = 1.96


@dataclass(frozen=True)
class Answer:
    """The answer to one question: a word, its tone (good, middling, unknown, bad), and the reason; the
    number with its 95% interval, and that of the null."""

    word: str
    tone: str
    why: str
    number: str = ""
    null: str = ""


@dataclass(frozen=True)
class Verdict:
    """The answers for one dataset."""

    name: str
    title: str
    kind: str  # of the generator
    useful: Answer
    close: Answer
    faithful: Answer
    private: Answer
    recovery: float  # NaN where real individuals give no more than guessing
    found: bool = False  # whether any attack finds anything

    @property
    def answers(self) -> dict[str, Answer]:
        """The answers by question."""
        return {
            "Private?": self.private, "Useful?": self.useful, "Close?": self.close,
            "Genotypes faithful?": self.faithful,
        }  # fmt: skip


def verdicts(
    table1: pd.DataFrame,
    table3: pd.DataFrame,
    privacy: pd.DataFrame,
    fidelity: pd.DataFrame | None,
    generators: dict[str, dict[str, Any]],
    chance: float,
) -> list[Verdict]:
    """Verdicts of all generators (entries with title and kind); the tables are the long ones, `fidelity`
    None if it was not computed, `chance` one over the number of classes."""
    accuracy = table1.groupby("dataset")[["accuracy", "se"]].mean()
    found = []
    for name, entry in generators.items():
        if name not in set(privacy["dataset"]):
            continue
        useful, recovery = judge_use(accuracy.loc[name], accuracy.loc[REAL], chance)
        close = judge_closeness(_accuracies(table3, name), _accuracies(table3, NULL))
        close = replace(close, number=_closeness(table3, name), null=_closeness(table3, NULL))
        finding = judge(privacy, table3, name, entry["kind"], proof_of(entry))
        decisive = privacy[privacy["seed"] == finding.seed]
        private = Answer(
            finding.state.word, finding.state.tone, finding.why,
            f"{attack_title(finding.attack)}: {_attack(decisive, name, finding.attack)}",
            _attack(decisive, NULL, finding.attack),
        )  # fmt: skip
        faithful = judge_faithfulness(fidelity, name)
        answers = useful, close, faithful, private
        seen = judge(privacy, table3, name, "external").state == LEAKS
        found.append(Verdict(name, entry["title"], entry["kind"], *answers, recovery, seen))
    return found


def leaking_components(
    privacy: pd.DataFrame, table3: pd.DataFrame, judged: list[Verdict],
    components: dict[str, dict[str, Any]],
) -> list[str]:  # fmt: skip
    """Titles of generators, none that copies, in whose components attacks find something that they do
    not find in what `judged` is about; `components`: entries by the keys of datasets as components."""
    clean = {v.title for v in judged if not v.found and v.kind not in COPYING}
    return [
        entry["title"]
        for name, entry in components.items()
        if entry["title"] in clean and judge(privacy, table3, name, "external").state == LEAKS
    ]


def _limits(value: float, error: float, digits: int = 2) -> str:
    """A number with its 95% interval."""
    if not np.isfinite(error):
        return f"{value:.{digits}f}"
    low, high = value - _Z * error, value + _Z * error
    return f"{value:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


def _closeness(table3: pd.DataFrame, name: str) -> str:
    rows = table3[(table3["dataset"] == name) & (table3["against"] == "test")]
    means = rows.groupby("measure")[["value", "se"]].mean()
    return ", ".join(
        f"{title} {_limits(*means.loc[key])}"
        for key, title in {"aa_truth": "AA_truth", "aa_syn": "AA_syn"}.items()
    )


def _attack(privacy: pd.DataFrame, name: str, attack: str) -> str:
    rows = privacy[(privacy["dataset"] == name) & (privacy["attack"] == attack)]
    auc, low, high, rate = rows[["auc", "auc_low", "auc_high", "tpr_1"]].iloc[0]
    return f"AUC {auc:.2f} ({low:.2f} to {high:.2f}), {rate:.1%} found at 1% false positives"


def judge_use(own: pd.Series, real: pd.Series, chance: float) -> tuple[Answer, float]:
    """Usefulness from mean accuracies and their standard errors (accuracy, se), and the recovery."""
    if not real["accuracy"] > chance + _Z * real["se"]:
        why = (
            "Classifiers trained on real individuals are not shown to be better than guessing "
            f"({_limits(100 * real['accuracy'], 100 * real['se'], 1)}%, guessing {100 * chance:.3g}%), "
            "so the recovery is undefined."
        )
        return Answer("undetermined", "unknown", why), float("nan")
    recovery = (own["accuracy"] - chance) / (real["accuracy"] - chance)
    numbers = (
        f"Chance-corrected recovery {recovery:.0%}: classifiers trained on it reach "
        f"{own['accuracy']:.1%} on real test individuals, against {real['accuracy']:.1%} when trained "
        f"on real individuals and {100 * chance:.3g}% by guessing."
    )
    # As if both errors were independent; the same test individuals make the true one smaller.
    error = np.hypot(own["se"], recovery * real["se"]) / (real["accuracy"] - chance)
    low, high = recovery - _Z * error, recovery + _Z * error
    shown = f"recovery {recovery:.0%} ({low:.0%} to {high:.0%})", "real individuals 100%, guessing 0%"
    if low < PARTLY_USEFUL and high >= USEFUL:
        word, tone = "undetermined", "unknown"
        numbers += (
            f" Its 95% interval, {low:.0%} to {high:.0%}, contains both limits: there are too few test "
            "individuals, or real individuals teach too little."
        )
    elif recovery >= USEFUL:
        word, tone = "yes", "good"
    elif recovery >= PARTLY_USEFUL:
        word, tone = "partly", "middling"
    else:
        word, tone = "no", "bad"
    return Answer(word, tone, numbers, *shown), recovery


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


def judge_faithfulness(fidelity: pd.DataFrame | None, name: str) -> Answer:
    """Faithfulness as genotypes from the numbers in GENETIC, means over seeds of fidelity.long.tsv: the
    largest deviation from training individuals, in units of that of the null.

    The unit is twice the null's standard error where that is more: a smaller deviation is not known.
    """
    if fidelity is None:
        return Answer(
            "not judged", "unknown",
            "The individuals were evaluated as components only (synthetic.forms), not as genotypes.",
        )  # fmt: skip
    rows = fidelity[(fidelity["dataset"] == name) & (fidelity["bin"] == ALL)]
    means = rows.groupby(["metric", "number"])[["value", "se", "null", "null_se"]].mean()
    texts, units = {}, {}
    for what, (metric, number, ideal) in GENETIC.items():
        if (metric, number) not in means.index:
            continue
        value, error, null, null_error = means.loc[(metric, number)]
        unit = np.nanmax([abs(null - ideal), 2 * null_error, 1e-9])
        if np.isfinite(value) and np.isfinite(null):
            units[what] = abs(value - ideal) / unit
            texts[what] = _limits(value, error, 4), _limits(null, null_error, 4)
    if not units:
        why = "No number of genetic fidelity could be computed on this cohort."
        return Answer("not judged", "unknown", why)
    worst = max(units, key=lambda what: units[what])
    listed = "; ".join(f"{what} {times:.1f}" for what, times in units.items())
    why = f"Deviation from training individuals, in units of that of other real individuals: {listed}."
    if units[worst] <= FAITHFUL:
        word, tone = "yes", "good"
    elif units[worst] <= PARTLY_FAITHFUL:
        word, tone = "partly", "middling"
    else:
        word, tone = "no", "bad"
    own, null = texts[worst]
    return Answer(word, tone, why, f"{worst} {own}, {units[worst]:.1f} times the null", null)
