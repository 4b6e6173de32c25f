"""The table of membership attacks, and the verdict on privacy that follows from it and from Table 3: one
rule for the report, the figures and the datasheet."""

import math
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
from scipy.special import ndtri

from genodiff.cohort.power import individuals_needed, smallest_auc
from genodiff.evaluation.attacks import (
    ATTACKS,
    EACH,
    JUDGED_RATE,
    RATES,
    STRONGEST,
    TRIED,
    WHITE_BOX,
)
from genodiff.evaluation.roc import limit_of_null
from genodiff.generators import COPYING, NETWORKS
from genodiff.generators.dataset import NULL, PLANTED, PLANTED_FEW

PRIVACY_COLUMNS = [
    "dataset", "seed", "attack", "references", "synthetic", "turns", "members", "non_members",
    "auc", "auc_low", "auc_high", *(f"{rate}{end}" for rate in RATES for end in ("", "_low", "_high")),
    "chance", "chosen", "auc_bound", "right_members", "right_others", "copied_training", "copied_test",
]  # fmt: skip
# A probability by chance below this is a finding; one-sided, of all attacks together 2.5%.
LEVEL = (1 - EACH) / 2
# The largest epsilon of a proof that counts as one: above it the bound excludes nothing that matters.
LARGEST_EPSILON = 10
_Z = float(ndtri(1 - LEVEL))
# The smallest AUC that an attack has to be able to see for its silence to mean something.
WEAKEST = 0.75


@dataclass(frozen=True)
class State:
    """One of the five answers; tone: good (only for a proof), middling, unknown or bad."""

    word: str
    tone: str


COPIES = State("copies by construction", "bad")
LEAKS = State("leaks", "bad")
PROOF = State("private by proof", "good")
UNJUDGED = State("cannot be judged here", "unknown")
NOTHING = State("nothing found by these attacks", "middling")
# The worst first: of several seeds the worst counts.
STATES = (COPIES, LEAKS, UNJUDGED, NOTHING, PROOF)


@dataclass(frozen=True)
class Finding:
    """The verdict on a dataset, with its reasons, and the attack and the seed that decided."""

    state: State
    why: str
    attack: str = STRONGEST
    seed: float = 0


def _rows(privacy: pd.DataFrame, dataset: str) -> pd.DataFrame:
    return privacy[privacy["dataset"] == dataset].set_index("attack", drop=False)


def found(own: pd.Series, null: pd.Series) -> bool:
    """Whether an attack tells training individuals from others with this dataset: by its AUC, whose
    lower limit is above 0.5, or by its true-positive rate at 1%, which chance does not explain.

    Members are a random choice, so without a leak the AUC is 0.5. Where the AUC or the rate of the null
    is above chance too, the attack finds something that is no leak, and has to find more than that.
    With a network it may find more of it than the null, which has none, so that this is no leak either.
    """
    if own["attack"] == WHITE_BOX and (null["auc_low"] > 0.5 or null["chance"] < LEVEL):
        return False
    if own["auc_low"] > limit_of_null(null["auc_low"], null["auc_high"]):
        return True
    rate = own[f"{JUDGED_RATE}_low"] > null[f"{JUDGED_RATE}_high"] or null["chance"] >= LEVEL
    return bool(own["attack"] != STRONGEST and own["chance"] < LEVEL and rate)


def findings(own: pd.DataFrame, null: pd.DataFrame) -> list[str]:
    """The attacks that find something in a dataset; rows of both by attack."""
    return [name for name in own.index if found(own.loc[name], null.loc[name])]


def more_copied(own: pd.DataFrame, null: pd.DataFrame, column: str) -> bool:
    """Whether more individuals than in the null are in a dataset unchanged; `column`: copied_training or
    copied_test."""
    usual = null[column].max()
    return bool(own[column].max() > (usual if usual == usual else 0))


def _is_shifted(null: pd.Series) -> bool:
    """Whether an attack tells training from test individuals where there is no generator."""
    return bool(not null["auc_low"] <= 0.5 <= null["auc_high"] or null["chance"] < LEVEL)


def why_not_judged(name: str, null: pd.Series, planted: pd.Series) -> str | None:
    """Why an attack that finds nothing shows nothing on this cohort; None if it does show something."""
    if _is_shifted(null):
        return (
            f"{title(name)}: the AUC of its null is {_interval(null)} and not 0.5. Training and test "
            "individuals differ without any generator, as they do where components are fitted to few "
            "individuals; more training individuals or fewer features help."
        )
    rate_low = planted[f"{JUDGED_RATE}_low"]
    if planted["auc_low"] > null["auc_high"] or (
        planted["chance"] < LEVEL and rate_low > null[f"{JUDGED_RATE}_high"]
    ):
        return None
    count = copies(planted, null)
    # The other half are references, or what is learnt from.
    halved = 2 if planted["references"] > 0 or name == WHITE_BOX else 1
    needed = individuals_needed(int(planted["members"]), count / null["synthetic"], LEVEL)
    has = int(planted["non_members"])
    if needed is None:
        cure = "there are too few training individuals"
    elif halved * needed > has:
        cure = f"it needs {halved * needed} test individuals instead of {has}"
    else:
        cure = "it is not sensitive to copies"
    return (
        f"{title(name)}: it does not find exact copies of {count} training individuals among unseen "
        f"ones (AUC {_interval(planted)}); {cure}."
    )


def copies(planted: pd.Series, null: pd.Series) -> int:
    """Number of copies in a positive control."""
    return int(planted["synthetic"] - null["synthetic"])


def title(attack: str) -> str:
    """The name of an attack in tables."""
    return "Strongest attack" if attack == STRONGEST else ATTACKS[attack].title


def _named(attack: str, kind: str) -> str:
    """The name of an attack in a verdict on a generator of this kind."""
    inside = attack == WHITE_BOX and kind in NETWORKS
    return title(attack) + " (with the network itself, which is not released)" * inside


def _interval(row: pd.Series) -> str:
    if row["auc"] != row["auc"]:
        return "undefined (too few individuals)"
    return f"{row['auc']:.2f} ({row['auc_low']:.2f} to {row['auc_high']:.2f})"


def judge(
    privacy: pd.DataFrame, table3: pd.DataFrame, dataset: str, kind: str,
    proof: tuple[float, float] | None = None,
) -> Finding:  # fmt: skip
    """The verdict on a dataset from rows of privacy.tsv and table3.long.tsv; with several seeds the
    worst one. `kind`: of the generator; `proof`: its epsilon and delta, if it is private by proof."""
    seeds = sorted(privacy.loc[privacy["dataset"] == dataset, "seed"].unique())
    findings = []
    for seed in seeds:
        one = judge_seed(
            privacy[privacy["seed"] == seed], table3[table3["seed"] == seed], dataset, kind, proof
        )
        why = (f"Seed {seed:g}: " if len(seeds) > 1 else "") + one.why
        findings.append(replace(one, why=why, seed=seed))
    return min(findings, key=lambda finding: STATES.index(finding.state))


def proof_of(entry: dict[str, Any]) -> tuple[float, float] | None:
    """Epsilon and delta of a generator that is private by proof."""
    own = entry.get("privacy")
    return (own["epsilon"], own["delta"]) if own else None


def judge_seed(
    privacy: pd.DataFrame, table3: pd.DataFrame, dataset: str, kind: str,
    proof: tuple[float, float] | None,
) -> Finding:  # fmt: skip
    """The verdict on the dataset of one seed."""
    own, null, planted, few = (_rows(privacy, n) for n in (dataset, NULL, PLANTED, PLANTED_FEW))
    best = own.loc[STRONGEST]
    headline = (
        f"Strongest attack ({_titles(best['chosen'])}): AUC {_interval(best)}; null, unseen real "
        f"individuals: {_interval(null.loc[STRONGEST])}."
    )
    finds = findings(own, null)
    # The strongest attack is in the headline.
    leaks = [
        f"{_named(name, kind)}: AUC {_interval(own.loc[name])}, {own.loc[name, JUDGED_RATE]:.1%} of the "
        f"training individuals at 1% false positives (null: AUC {_interval(null.loc[name])})."
        for name in finds
        if name != STRONGEST
    ] + _losses(table3, dataset)
    leaks = [*_copied(own, null), *leaks]
    reasons = {
        name: why_not_judged(name, null.loc[name], planted.loc[name]) or _too_weak(name, own.loc[name])
        for name in own.index
        if name != STRONGEST
    }
    decides = max((n for n in finds), key=lambda n: own.loc[n, "auc_low"], default=STRONGEST)
    judged = [name for name, reason in reasons.items() if reason is None]
    # The positive control has no network, and what a network gives away says nothing of the individuals.
    released = [name for name in judged if not (name == WHITE_BOX and kind in NETWORKS)]
    if kind in COPYING:
        made = f"By construction it copies {COPYING[kind]} of training individuals. "
        return Finding(COPIES, " ".join([made + headline, *leaks]))
    if finds or leaks:
        if finds == [WHITE_BOX] and len(leaks) == 1 and kind in NETWORKS:
            leaks.append(
                "In the individuals themselves no attack finds anything."
                if released
                else "No attack on the individuals themselves can be judged here."
            )
        return Finding(LEAKS, " ".join([headline, *leaks]), decides)
    if proof is not None and proof[0] <= LARGEST_EPSILON:
        text = (
            f"What it learnt from the training individuals is differentially private: epsilon "
            f"{proof[0]:g}, delta {proof[1]:g}. Whatever is concluded from the released files is at "
            f"most {math.exp(proof[0]):,.1f} times as likely with one individual among them as without, "
            f"plus delta: who guesses whether they were among them is right with a probability of at "
            f"most {1 / (1 + math.exp(-proof[0])):.4f}, plus delta, instead of a half. Relatives are "
            "not covered together. It holds if these individuals had no part in the panel, in which "
            "SNPs have records, and in the settings; numbers of individuals by class are taken as "
            "public. This report, which was computed from real individuals, is not covered, nor is a "
            "choice among several fits by it. "
        )
        return Finding(PROOF, text + headline)
    cannot = [reason for reason in reasons.values() if reason is not None]
    # Members are a random choice: whatever control an attack fails, this is no chance.
    turned = [
        name
        for name in reasons
        if not _is_shifted(null.loc[name])
        and own.loc[name, "auc_high"] < min(0.5, null.loc[name, "auc_low"])
    ]
    if turned:
        listed = "; ".join(f"{title(name)}: AUC {_interval(own.loc[name])}" for name in turned)
        why = (
            "It tells training from test individuals, but in reverse: it was made from test "
            "individuals, or it leaks in a way that these attacks turn round"
        )
        return Finding(UNJUDGED, f"{headline} {why} ({listed}).", turned[0])
    # What one attack sees without a generator may hide a leak from the others too.
    shifted = [name for name in reasons if _is_shifted(null.loc[name])]
    if shifted:
        return Finding(UNJUDGED, " ".join([headline, *(reasons[n] for n in shifted)]), shifted[0])
    if not released:
        return Finding(UNJUDGED, " ".join([headline, *cannot]))
    texts = [_seen(judged, own, planted, few, null, kind), *_another_size(own, null), *_unseen(cannot)]
    return Finding(NOTHING, " ".join([headline, *texts]))


def _too_weak(name: str, own: pd.Series) -> str | None:
    """Why an attack could see very large leaks only; None if it could see smaller ones."""
    auc = _smallest(name, own)
    if auc <= WEAKEST:
        return None
    seen = "nothing" if auc >= 1 else f"leaks from an AUC of {auc:.2f} on only"
    return (
        f"{title(name)}: with {own['members']:.0f} training and {own['non_members']:.0f} test "
        f"individuals it would see {seen}."
    )


def _smallest(name: str, own: pd.Series) -> float:
    # What is learnt has the error of a half.
    counts = (int(own[n] / (1 + (name == WHITE_BOX))) for n in ("members", "non_members"))
    return smallest_auc(*(max(1, count) for count in counts), TRIED)


def _copied(own: pd.DataFrame, null: pd.DataFrame) -> list[str]:
    """Sentences if more training or test individuals than in the null are in a dataset unchanged."""
    found = []
    for column, what, meaning in (
        ("copied_training", "training", ""),
        ("copied_test", "test", ": it was made from the test individuals too, so no number here holds"),
    ):
        count, usual = own[column].max(), null[column].max()
        if more_copied(own, null, column):
            are = "individual is" if count == 1 else "individuals are"
            found.append(f"{count:,.0f} {what} {are} in it unchanged (null: {usual:.0f}){meaning}.")
    return found


def _another_size(own: pd.DataFrame, null: pd.DataFrame) -> list[str]:
    """A sentence where the dataset is larger than those for which the power of attacks is known."""
    size, known = (int(rows.loc[STRONGEST, "synthetic"]) for rows in (own, null))
    if size <= 1.1 * known:
        return []
    return [f"This was shown among {known:,} individuals; here are {size:,}, in which copies are rarer."]


def _seen(
    judged: list[str], own: pd.DataFrame, planted: pd.DataFrame, few: pd.DataFrame, null: pd.DataFrame,
    kind: str,
) -> str:  # fmt: skip
    """What the attacks that find nothing would have found."""
    auc = min(_smallest(name, row) for name, row in own.loc[judged].iterrows())
    one = [name for name in judged if why_not_judged(name, null.loc[name], few.loc[name]) is None]
    control = few if one else planted
    count, members = (
        copies(control.loc[STRONGEST], null.loc[STRONGEST]),
        null.loc[STRONGEST, "synthetic"],
    )
    names = ", ".join(_named(name, kind) for name in judged)
    missed = copies(few.loc[STRONGEST], null.loc[STRONGEST])
    unseen = "" if one else f" They would not have found {missed}."
    return (
        f"Attacks that can be judged: {names}. They would have found unchanged copies of {count:,} in "
        f"{members:,.0f} individuals.{unseen} The smallest leak that at least one of them would "
        f"have seen (with a probability of 80%) has an AUC of {auc:.2f}."
    )


def _unseen(cannot: list[str]) -> list[str]:
    return ["Others found nothing either, but cannot be judged here.", *cannot] if cannot else []


def _titles(chosen: str) -> str:
    return " and ".join(title(name) for name in chosen.split(" and "))


def _losses(table3: pd.DataFrame, dataset: str) -> list[str]:
    """A sentence if the privacy loss of Table 3 is above zero, and above that of the null where this is
    above zero too."""
    rows = table3[table3["measure"] == "privacy_loss"].set_index("dataset")[["value", "se"]]
    (value, error), (null, null_error) = rows.loc[dataset], rows.loc[NULL]
    above = null + _Z * null_error if null - _Z * null_error > 0 else 0
    if not value - _Z * error > above:
        return []
    return [f"Privacy loss (Table 3): {value:.3f}, standard error {error:.3f}; null: {null:.3f}."]
