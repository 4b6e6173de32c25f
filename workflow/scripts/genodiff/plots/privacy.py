"""Usefulness against the success of the strongest membership attack: one point for each dataset."""

import os
from collections.abc import Iterable
from textwrap import wrap
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from genodiff.formats.tensors import Layout
from genodiff.generators.dataset import NULL, PLANTED, REAL
from genodiff.plots.labels import Label, point_labels
from genodiff.plots.style import (
    BAND,
    GREY,
    INK,
    SINGLE,
    Shown,
    grey_line,
    house_style,
    new_figure,
    save,
    short,
    shown,
)
from genodiff.runtime.logs import logger
from genodiff.tables.nn_adversarial import LONG_COLUMNS
from genodiff.tables.privacy import PRIVACY_COLUMNS, STRONGEST, judge, proof_of
from genodiff.tables.read import over_seeds, read_long, seeds_text

_RECOVERY = ["dataset", "classifier", "seed", "accuracy", "se", "chance_corrected_recovery"]
_Z = 1.96
# Characters of a line below the axis, and its height in inches.
_WIDTH, _LINE = 44, 0.15


def privacy_figure(
    *, attack_path: str | os.PathLike, table1_path: str | os.PathLike, table3_path: str | os.PathLike,
    layout_path: str | os.PathLike, generators: dict[str, dict[str, Any]], outputs: Iterable[str],
) -> None:  # fmt: skip
    """Draw privacy.tsv and table1.long.tsv to `outputs`; `generators`: entries with title, kind and
    style, in order. Titles are followed by the verdict, which Table 3 has a part in."""
    privacy, table1 = read_long(attack_path, PRIVACY_COLUMNS), read_long(table1_path, _RECOVERY)
    table3 = read_long(table3_path, LONG_COLUMNS)
    chance = 1 / len(Layout.read(layout_path).classes)
    words = {
        name: judge(privacy, table3, name, entry["kind"], proof_of(entry)).state.word
        for name, entry in generators.items()
        if name in set(privacy["dataset"])
    }
    attack = privacy[privacy["attack"] == STRONGEST]
    with house_style():
        save(draw_privacy(attack, recovery_limits(table1, chance), shown(generators), words), outputs)


def recovery_limits(table1: pd.DataFrame, chance: float) -> pd.DataFrame:
    """Rows of table1.long.tsv with 95% limits of the chance-corrected recovery: columns low, high.

    The standard error of (a - chance) / (r - chance) is propagated from those of a and r (real) as if
    they were independent. Both come from the same test individuals, so the true one is smaller.
    """
    real = table1[table1["dataset"] == REAL].set_index(["classifier", "seed"])[["accuracy", "se"]]
    both = table1.join(real.add_suffix("_real"), on=["classifier", "seed"])
    recovery = both["chance_corrected_recovery"]
    error = np.hypot(both["se"], recovery * both["se_real"]) / (both["accuracy_real"] - chance)
    return table1.assign(low=recovery - _Z * error, high=recovery + _Z * error)


def draw_privacy(
    attack: pd.DataFrame, table1: pd.DataFrame, generators: dict[str, Shown], words: dict[str, str]
) -> Figure:
    """Chance-corrected recovery (mean over classifiers) by AUC of the strongest attack, with limits, and
    below it the `words` of the verdicts; lines for the null and for the planted copies. A dataset that
    lacks one of both numbers is left out."""
    found = over_seeds(attack, ["dataset"], "auc", "auc_low", "auc_high").set_index("dataset")
    use = over_seeds(table1, ["dataset"], "chance_corrected_recovery", "low", "high")
    points = use.set_index("dataset").join(found.add_suffix("_auc"), how="inner")
    points = points.loc[[name for name in generators if name in points.index]]
    missing = points[["mean", "mean_auc"]].isna().any(axis=1)
    if missing.any():
        logger.warning("not in the privacy figure, without a recovery: %s", list(points.index[missing]))
    points = points[~missing]
    lines = _verdicts(points.index, generators, words)
    figure = new_figure(SINGLE, 3.1 + _LINE * len(lines))
    axes = figure.subplots()
    axes.grid(True, axis="both")
    axes.locator_params(axis="x", nbins=6)
    for name, row in points.iterrows():
        axes.errorbar(
            row["mean_auc"], row["mean"],
            xerr=_bars(row["mean_auc"], row["low_auc"], row["high_auc"]),
            yerr=_bars(row["mean"], row["low"], row["high"]),
            elinewidth=0.7, **generators[name].style.points() | {"markersize": 6},
        )  # fmt: skip
    _levels(axes, found)
    what = "AUC of the strongest membership attack\n(0.5: guessing; to the right: less private)"
    axes.set_xlabel("\n".join([what, *lines]))
    axes.set_ylabel("chance-corrected recovery\n← useless        as useful as real →")
    axes.set_title(seeds_text(attack), fontsize=7, color=GREY, loc="right", pad=14)
    own = [(row, generators[name]) for name, row in points.iterrows()]
    point_labels(axes, [Label(r["mean_auc"], r["mean"], g.title, g.style) for r, g in own])
    return figure


def _verdicts(names: Iterable[str], generators: dict[str, Shown], words: dict[str, str]) -> list[str]:
    """Lines with the verdicts and the generators of each."""
    titles: dict[str, list[str]] = {}
    for name in names:
        titles.setdefault(words[name], []).append(short(generators[name].title))
    lines = [f"{word}: {', '.join(own)}" for word, own in titles.items()]
    return [part for line in lines for part in wrap(line, _WIDTH, subsequent_indent="   ")]


def _bars(mean: float, low: float, high: float) -> np.ndarray:
    return np.clip([[mean - low], [high - mean]], 0, None)


def _levels(axes: Axes, found: pd.DataFrame) -> None:
    """Lines for the null, the planted copies, guessing and real individuals, and their names."""
    grey_line(axes, "h", 0, linestyle=(0, (1, 2)))
    grey_line(axes, "h", 1)
    grey_line(axes, "v", 0.5, linestyle=(0, (1, 2)))
    lines = found["mean"].reindex([NULL, PLANTED]).dropna()
    if NULL in lines:
        axes.axvspan(*found.loc[NULL, ["low", "high"]], color=BAND, linewidth=0, zorder=0)
        grey_line(axes, "v", lines[NULL])
    if PLANTED in lines:
        grey_line(axes, "v", lines[PLANTED], color=INK, linestyle=(0, (6, 2, 1, 2)))
    names = {NULL: "null: unseen individuals", PLANTED: "planted copies"}
    # Each name stands on its outer side of the two lines.
    for name, side in zip(lines.sort_values().index, ("right", "left"), strict=False):
        axes.annotate(
            names[name], (lines[name], 1.01), (3 if side == "left" else -3, 0), ha=side, va="bottom",
            xycoords=axes.get_xaxis_transform(), textcoords="offset points", fontsize=7,
        )  # fmt: skip
    beside = {"transform": axes.get_yaxis_transform(), "va": "center", "fontsize": 7}
    axes.text(1.02, 1, "real indi-\nviduals", **beside)
    axes.text(1.02, 0, "guess-\ning", **beside)
