"""The table of the membership attacks as texts."""

from typing import Any

import pandas as pd

from genodiff.evaluation.attacks import ATTACKS, STRONGEST
from genodiff.generators.dataset import NOISED, NULL, PLANTED, PLANTED_FEW
from genodiff.tables.privacy import found, title, why_not_judged
from genodiff.tables.write import cell

_CONTROLS = {
    NULL: "null: unseen real individuals",
    PLANTED: "null with copies",
    PLANTED_FEW: "null with few copies",
    NOISED: "null with noised copies",
}


def attack_table(privacy: pd.DataFrame, generators: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Headings, a row of cells for each attack, the strongest first, and the reasons why attacks cannot
    be judged. Cells: AUC (with several seeds, mean and standard deviation) with limits (means over
    seeds), rates as a note, and whether it is a finding in any seed; no attack that was not tried."""
    names = _CONTROLS | {name: entry["title"] for name, entry in generators.items()}
    names = {name: text for name, text in names.items() if name in set(privacy["dataset"])}
    rows = []
    tried = set(privacy["attack"])
    for attack in (name for name in (STRONGEST, *ATTACKS) if name in tried):
        own = privacy[privacy["attack"] == attack]
        rows.append((title(attack), [_cell(own, name) for name in names]))
    sizes = privacy[privacy["attack"] == STRONGEST].groupby("dataset", sort=False)
    members, others, synthetic = (
        [f"{sizes[key].first()[name]:,.0f}" for name in names]
        for key in ("members", "non_members", "synthetic")
    )
    return {
        "headings": [(text, name in _CONTROLS) for name, text in names.items()],
        "rows": rows,
        "sizes": [
            ("training individuals attacked", members), ("test individuals", others),
            ("individuals of the dataset", synthetic),
        ],
        "reasons": reasons(privacy),
        "guesses": _guesses(privacy, generators),
        "references": int(privacy["references"].max()),
    }  # fmt: skip


def reasons(privacy: pd.DataFrame) -> list[str]:
    """Why attacks cannot be judged on this cohort, in the first seed."""
    first = privacy[privacy["seed"] == privacy["seed"].min()]
    null, planted = (first[first["dataset"] == n].set_index("attack") for n in (NULL, PLANTED))
    tried = [name for name in ATTACKS if name in null.index]
    every = [why_not_judged(name, null.loc[name], planted.loc[name]) for name in tried]
    return [reason for reason in every if reason]


def _guesses(privacy: pd.DataFrame, generators: dict[str, dict[str, Any]]) -> str:
    """How many labels are guessed right with each generator, means over seeds; empty if none was
    guessed."""
    shares = privacy.groupby("dataset")[["right_members", "right_others"]].mean().dropna()
    return ", ".join(
        f"{entry['title']} {shares.loc[name, 'right_members']:.0%} against "
        f"{shares.loc[name, 'right_others']:.0%} guessed right"
        for name, entry in generators.items()
        if name in shares.index
    )


def _cell(rows: pd.DataFrame, dataset: str) -> dict[str, Any]:
    own, null = (rows[rows["dataset"] == n].set_index("seed", drop=False) for n in (dataset, NULL))
    if own.empty:
        return {"text": "\u2013", "limits": "not possible", "note": "needs genotypes", "found": False}
    mean = own[["auc_low", "auc_high", "tpr_01", "tpr_1", "tpr_10"]].mean()
    note = (
        f"{mean['tpr_01']:.1%}, {mean['tpr_1']:.1%} and {mean['tpr_10']:.1%} of the training "
        "individuals at 0.1%, 1% and 10% false positives"
    )
    chosen = set(own["chosen"]) - {"NA", ""}
    if chosen:
        note = f"{' or '.join(sorted(chosen))}: {note}"
    return {
        "text": cell(own["auc"], 2),
        "limits": f"{mean['auc_low']:.2f} to {mean['auc_high']:.2f}",
        "note": note,
        "found": dataset != NULL and any(found(own.loc[s], null.loc[s]) for s in own["seed"]),
    }
