"""What settings of generators are worth on validation individuals: recovery and distance of trials."""

import os
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from genodiff.plots.style import (
    DOUBLE,
    GREY,
    INK,
    PALE,
    Shown,
    house_style,
    legend_above,
    new_figure,
    save,
    short,
    shown,
)

_COLUMNS = 3


def tuning_figure(
    *, table_path: str | os.PathLike, generators: dict[str, dict[str, Any]],
    outputs: Iterable[str],
) -> None:  # fmt: skip
    """Draw tuning.tsv to `outputs`; `generators`: entries with title, kind and style."""
    table = pd.read_csv(table_path, sep="\t", keep_default_na=False, na_values="NA")
    with house_style():
        save(draw_tuning(table, shown(generators)), outputs)


def draw_tuning(table: pd.DataFrame, generators: dict[str, Shown]) -> Figure:
    """A panel for each generator: distance against recovery of each complete trial, those on the front
    joined; the configured settings and the chosen ones with error bars. The title counts the others."""
    columns = min(_COLUMNS, len(generators))
    lines = -(-len(generators) // columns)
    figure = new_figure(min(DOUBLE, 0.8 + 2.5 * columns), 0.9 + 2.2 * lines)
    panels = figure.subplots(lines, columns, squeeze=False).ravel()
    for panel, (name, look) in zip(panels, generators.items(), strict=False):
        own = table[table["generator"] == name]
        _draw_panel(panel, own, look.style.color)
        states = own["state"].value_counts()
        panel.set_title(
            f"{short(look.title)}: {states.get('complete', 0)} complete,\n"
            f"{states.get('pruned', 0)} given up early, {states.get('failed', 0)} failed"
        )
    for panel in panels[len(generators) :]:
        panel.remove()
    figure.supxlabel("recovery of the AUC above 0.5 (%), validation individuals", fontsize=8)
    figure.supylabel("distance of AA from that of real individuals", fontsize=8)
    legend_above(figure, _handles(), 3)
    return figure


def _draw_panel(panel: Axes, own: pd.DataFrame, color: str) -> None:
    done = own[own["state"] == "complete"].assign(x=lambda t: 100 * t["recovery"])
    feasible = done["excess"] <= 0
    for rows, look in (
        (done[feasible], {"marker": "o", "markerfacecolor": color, "color": color}),
        (done[~feasible], {"marker": "x", "color": GREY}),
    ):
        panel.plot(rows["x"], rows["closeness"], linestyle="none", alpha=0.8, **look)
    front = done[done["front"].astype(bool)].sort_values(["x", "closeness"])
    panel.plot(front["x"], front["closeness"], color=color, linewidth=1)
    for column, marker in (("default", "s"), ("chosen", "*")):
        rows = done[done[column].astype(bool)]
        bars = {"xerr": 100 * rows["recovery_se"], "yerr": rows["closeness_se"]}
        panel.errorbar(
            rows["x"], rows["closeness"], **bars, marker=marker, markersize=9, linestyle="none",
            markerfacecolor="none" if column == "default" else color, markeredgecolor=INK, color=INK,
            elinewidth=0.7, zorder=3,
        )  # fmt: skip
    if len(done):
        _limit(panel, done)
    panel.set_ylim(bottom=0)


def _limit(panel: Axes, done: pd.DataFrame) -> None:
    """Cut off individual trials without any recovery, which would press all others together."""
    low, high = np.quantile(done["x"], 0.1), done["x"].max()
    panel.set_xlim(min(low, high - 10) - 5, high + 5)


def _handles() -> list[Line2D]:
    looks = {
        "attacks find nothing": {"marker": "o", "color": GREY, "linestyle": "none"},
        "an attack finds something": {"marker": "x", "color": GREY, "linestyle": "none"},
        "front": {"color": GREY, "linewidth": 1},
        "configured": {
            "marker": "s", "markersize": 8, "markerfacecolor": "none", "markeredgecolor": INK,
            "linestyle": "none",
        },
        "chosen": {
            "marker": "*", "markersize": 9, "markerfacecolor": PALE, "markeredgecolor": INK,
            "linestyle": "none",
        },
    }  # fmt: skip
    return [Line2D([], [], label=text, **look) for text, look in looks.items()]
