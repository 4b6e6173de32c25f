"""Classifiers on a share of the real individuals, alone and with synthetic individuals beside them."""

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
from genodiff.tables.read import over_seeds, read_long, seeds_text

_COLUMNS = [
    "generator", "classifier", "seed", "share", "synthetic_individuals", "accuracy", "wilson_low",
    "wilson_high",
]  # fmt: skip
# A classifier is a marker and dashes; the colour says whether there are synthetic individuals.
_CLASSIFIERS = [("o", ()), ("^", (4, 1.5)), ("s", (1, 1))]
_MOST_COLUMNS = 3


def augmentation_figure(
    *, table_path: str | os.PathLike, layout_path: str | os.PathLike,
    generators: dict[str, dict[str, Any]], classifiers: dict[str, str], outputs: Iterable[str],
) -> None:  # fmt: skip
    """Draw augmentation.tsv to `outputs`; `generators`: entries with title, kind and
    style; `classifiers`: titles by name."""
    table = read_long(table_path, _COLUMNS)
    chance = 1 / len(Layout.read(layout_path).classes)
    with house_style():
        save(draw_augmentation(table, shown(generators), classifiers, chance), outputs)


def draw_augmentation(
    table: pd.DataFrame, generators: dict[str, Shown], classifiers: dict[str, str], chance: float
) -> Figure:
    """Accuracy in percent by share of the real individuals, a panel for each generator, two lines for
    each classifier: real individuals alone, and with synthetic ones; `chance` (a fraction) as a line."""
    table = table.assign(**{c: 100 * table[c] for c in ("accuracy", "wilson_low", "wilson_high")})
    drawn = [name for name in generators if (table["generator"] == name).any()]
    columns = 2 if len(drawn) == 4 else min(len(drawn), _MOST_COLUMNS)
    rows = -(-len(drawn) // columns)
    figure = new_figure(min(DOUBLE, 1.1 + 2.3 * columns), 0.9 + 2.1 * rows)
    panels = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    alone = _means(table[table["synthetic_individuals"] == 0])
    for place, (panel, name) in enumerate(zip(panels.flat, drawn, strict=False)):
        added = _means(table[(table["generator"] == name) & (table["synthetic_individuals"] > 0)])
        _draw_panel(panel, alone, added, generators[name].style.color, list(classifiers))
        grey_line(panel, "h", 100 * chance, linestyle=(0, (1, 2)))
        panel.set_title(short(generators[name].title))
        shares = np.unique(100 * table["share"])
        panel.set_xscale("log")
        panel.set_xticks(shares, [f"{share:g}" for share in shares])
        panel.minorticks_off()
        # Also where there is no panel below.
        panel.tick_params(labelbottom=place + columns >= len(drawn))
    for panel in panels.flat[len(drawn) :]:
        panel.set_axis_off()
    figure.supxlabel("share of the real training individuals (%)", fontsize=8)
    figure.supylabel(f"accuracy on real test individuals (%)\n{seeds_text(table)}", fontsize=8)
    _legend(figure, classifiers)
    return figure


def _means(rows: pd.DataFrame) -> pd.DataFrame:
    return over_seeds(rows, ["classifier", "share"], "accuracy", "wilson_low", "wilson_high")


def _draw_panel(
    panel: Axes, alone: pd.DataFrame, added: pd.DataFrame, color: str, classifiers: list[str]
) -> None:
    for arm, rows in enumerate((alone, added)):
        for place, name in enumerate(classifiers):
            own = rows[rows["classifier"] == name].sort_values("share")
            # Beside each other, so that all error bars are seen.
            shift = 1.03 ** (2 * place + arm - len(classifiers) + 0.5)
            bars = np.clip([own["mean"] - own["low"], own["high"] - own["mean"]], 0, None)
            panel.errorbar(
                100 * own["share"] * shift, own["mean"], bars, elinewidth=0.7,
                **_look(place, color if arm else GREY, bool(arm)).line(),
            )  # fmt: skip


def _look(place: int, color: str, filled: bool) -> Style:
    marker, dashes = _CLASSIFIERS[place % len(_CLASSIFIERS)]
    return Style(color, marker, dashes, filled)


def _legend(figure: Figure, classifiers: dict[str, str]) -> None:
    entries = []
    for place, title in enumerate(classifiers.values()):
        for filled, arm in ((False, "real alone"), (True, "real + synthetic")):
            text = f"{title}: {arm}" if len(classifiers) > 1 else arm
            entries.append(Line2D([], [], label=text, **_look(place, GREY, filled).line()))
    legend_above(figure, entries, max(2, min(len(classifiers), 3)))
