"""Accuracy against the size of the synthetic cohort."""

import os
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from genodiff.formats.tensors import Layout
from genodiff.generators.dataset import REAL
from genodiff.plots.labels import Label, end_labels
from genodiff.plots.style import (
    BAND,
    DOUBLE,
    GREY,
    INK,
    SINGLE,
    Shown,
    Style,
    families,
    grey_line,
    house_style,
    new_figure,
    save,
    shown,
)
from genodiff.tables.read import over_seeds, read_long, seeds_text

_COLUMNS = ["dataset", "classifier", "seed", "multiple", "accuracy", "wilson_low", "wilson_high"]
# Datasets stand beside each other at a multiple: factor between neighbours, for error bars to be seen.
_STEP = 1.035


def size_figure(
    *, table_path: str | os.PathLike, layout_path: str | os.PathLike,
    generators: dict[str, dict[str, Any]], outputs: Iterable[str],
) -> None:  # fmt: skip
    """Draw size.tsv to `outputs`; `generators`: entries with title, kind and style, in order."""
    table = read_long(table_path, _COLUMNS)
    chance = 1 / len(Layout.read(layout_path).classes)
    with house_style():
        save(draw_sizes(table, shown(generators), chance), outputs)


def draw_sizes(table: pd.DataFrame, generators: dict[str, Shown], chance: float) -> Figure:
    """Accuracy in percent (mean over classifiers) by multiple of the training set, a panel for each
    family of generators; real individuals as a band, `chance` (a fraction) as a line."""
    table = table.assign(**{c: 100 * table[c] for c in ("accuracy", "wilson_low", "wilson_high")})
    means = over_seeds(table, ["dataset", "multiple"], "accuracy", "wilson_low", "wilson_high")
    drawn = {k: v for k, v in generators.items() if (means["dataset"] == k).any()}
    panels = families(drawn)
    figure = new_figure(DOUBLE if len(panels) > 1 else SINGLE, 2.9)
    axes = figure.subplots(1, len(panels), sharex=True, sharey=True, squeeze=False)[0]
    ticks = np.unique(means.loc[means["dataset"] != REAL, "multiple"])
    ends = {}
    for panel, (title, names) in zip(axes, panels.items(), strict=True):
        own = {name: means[means["dataset"] == name].sort_values("multiple") for name in names}
        ends[panel] = [
            _line(panel, rows, drawn[name], _STEP ** (place - (len(names) - 1) / 2))
            for place, (name, rows) in enumerate(own.items())
        ]
        panel.set_title(title if len(panels) > 1 else "")
        panel.set_xscale("log", base=2)
        panel.set_xticks(ticks, [f"{tick:g}×" for tick in ticks])
        panel.minorticks_off()
        panel.set_xlim(ticks[0] / 1.3, ticks[-1] * 1.3)
        ends[panel] += _levels(panel, means[means["dataset"] == REAL], chance)
    axes[0].set_ylabel(f"accuracy on real test individuals (%)\n{seeds_text(table)}")
    figure.supxlabel("synthetic individuals per training individual", fontsize=8)
    for panel, labels in ends.items():
        end_labels(panel, labels)
    return figure


def _line(panel: Axes, rows: pd.DataFrame, entry: Shown, shift: float) -> Label:
    x, mean = rows["multiple"].to_numpy() * shift, rows["mean"].to_numpy()
    bars = np.clip([mean - rows["low"], rows["high"] - mean], 0, None)
    panel.errorbar(x, mean, bars, elinewidth=0.7, capsize=1.5, capthick=0.7, **entry.style.line())
    return Label(x[-1], mean[-1], entry.title, entry.style)


def _levels(panel: Axes, real: pd.DataFrame, chance: float) -> list[Label]:
    """Draw the levels of guessing and of real individuals; returns their labels."""
    edge = panel.get_xlim()[1]
    grey_line(panel, "h", 100 * chance, linestyle=(0, (1, 2)))
    labels = [Label(edge, 100 * chance, "guessing", Style(GREY, "", ()))]
    if len(real):
        row = real.iloc[0]
        panel.axhspan(row["low"], row["high"], color=BAND, linewidth=0, zorder=0)
        grey_line(panel, "h", row["mean"], color=INK)
        labels.append(Label(edge, row["mean"], "real individuals", Style(INK, "", ())))
    return labels
