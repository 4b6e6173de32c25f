"""Classifiers where only a share of the training individuals has labels."""

import os
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from genodiff.formats.tensors import Layout
from genodiff.plots.style import (
    DOUBLE,
    GREY,
    Shown,
    Style,
    grey_line,
    house_style,
    legend_above,
    new_figure,
    save,
    short,
    shown,
)
from genodiff.tables.few_labels import BOTH, GUESSED, LABELLED, SYNTHETIC
from genodiff.tables.read import over_seeds, read_long, seeds_text

_COLUMNS = [
    "training", "generator", "classifier", "seed", "share", "accuracy", "wilson_low", "wilson_high",
]  # fmt: skip
# Title, marker, dashes, whether the marker is filled, of what classifiers are trained on.
_LOOKS = {
    LABELLED: ("labelled individuals", "o", (), False),
    GUESSED: ("all, with guessed labels", "s", (1, 1), False),
    SYNTHETIC: ("synthetic individuals", "^", (4, 1.5), True),
    BOTH: ("labelled and synthetic", "o", (), True),
}


def few_labels_figure(
    *, table_path: str | os.PathLike, layout_path: str | os.PathLike,
    generators: dict[str, dict[str, Any]], classifiers: dict[str, str], outputs: Iterable[str],
) -> None:  # fmt: skip
    """Draw labels.tsv to `outputs`; `generators`: entries with title, kind and style; `classifiers`:
    titles by name."""
    table = read_long(table_path, _COLUMNS)
    chance = 1 / len(Layout.read(layout_path).classes)
    with house_style():
        save(draw_few_labels(table, shown(generators), classifiers, chance), outputs)


def draw_few_labels(
    table: pd.DataFrame, generators: dict[str, Shown], classifiers: dict[str, str], chance: float
) -> Figure:
    """Accuracy in percent by share of the labels, a row for each classifier and a column for each
    generator, a line for each kind of training; `chance` (a fraction) as a line."""
    table = table.assign(**{c: 100 * table[c] for c in ("accuracy", "wilson_low", "wilson_high")})
    shape = len(classifiers), len(generators)
    figure = new_figure(min(DOUBLE, 1.1 + 2.6 * shape[1]), 0.9 + 2.1 * shape[0])
    panels = figure.subplots(*shape, sharex=True, sharey=True, squeeze=False)
    for row, (classifier, title) in zip(panels, classifiers.items(), strict=True):
        own = table[table["classifier"] == classifier]
        for panel, (name, look) in zip(row, generators.items(), strict=True):
            # Two kinds of training have no generator.
            _draw_panel(panel, own[own["generator"].isin(["NA", name])], look.style.color)
            grey_line(panel, "h", 100 * chance, linestyle=(0, (1, 2)))
            several = f"{title}: " if len(classifiers) > 1 else ""
            panel.set_title(several + short(look.title))
            shares = np.unique(100 * table["share"])
            panel.set_xscale("log")
            panel.set_xticks(shares, [f"{share:g}" for share in shares])
            panel.minorticks_off()
    figure.supxlabel("individuals with a label (%)", fontsize=8)
    figure.supylabel(f"accuracy on real test individuals (%)\n{seeds_text(table)}", fontsize=8)
    handles = [
        Line2D([], [], label=text, **Style(GREY, marker, dashes, filled).line())
        for text, marker, dashes, filled in _LOOKS.values()
    ]
    legend_above(figure, handles, 2)
    return figure


def _draw_panel(panel: Axes, table: pd.DataFrame, color: str) -> None:
    for place, (training, (_, marker, dashes, filled)) in enumerate(_LOOKS.items()):
        rows = table[table["training"] == training]
        own = over_seeds(rows, ["share"], "accuracy", "wilson_low", "wilson_high").sort_values("share")
        # Beside each other, so that all error bars are seen.
        shift = 1.03 ** (place - 1.5)
        bars = np.clip([own["mean"] - own["low"], own["high"] - own["mean"]], 0, None)
        look = Style(color if filled else GREY, marker, dashes, filled)
        panel.errorbar(100 * own["share"] * shift, own["mean"], bars, elinewidth=0.7, **look.line())
