"""What attacks find against the number of released individuals and genes."""

import os
from collections.abc import Iterable

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from genodiff.plots.labels import Label, end_labels
from genodiff.plots.style import (
    BAND,
    DOUBLE,
    GREY,
    Style,
    grey_line,
    house_style,
    new_figure,
    save,
    short,
)
from genodiff.tables.privacy import title
from genodiff.tables.read import over_seeds, read_long, seeds_text
from genodiff.tables.release_size import FREQUENCY, RELEASE_SIZE_COLUMNS, STRONGEST

_AUC = ("auc", "auc_low", "auc_high")
_KEYS = ["genes", "snps", "individuals"]
# From few genes to many: paler to darker, and other markers. Dashes are those of bounds.
_STYLES = [
    Style("#56A0D3", "o", (), filled=False),
    Style("#2C6DA4", "s", ()),
    Style("#0B2F57", "D", ()),
    Style("#7A3E9D", "^", ()),
]
_BOUND = {"linestyle": (0, (4, 3)), "linewidth": 0.9, "zorder": 1.5}
# Sizes stand beside each other: factor between lines, for error bars to be seen.
_STEP = 1.03


def release_size_figure(
    *, table_path: str | os.PathLike, titles: dict[str, str], outputs: Iterable[str]
) -> None:
    """Draw release_size.tsv to `outputs`; `titles` of datasets, in order."""
    with house_style():
        save(draw_release_sizes(read_long(table_path, RELEASE_SIZE_COLUMNS), titles), outputs)


def draw_release_sizes(table: pd.DataFrame, titles: dict[str, str]) -> Figure:
    """AUC by number of released individuals: a row for each dataset, a panel for the attack on class
    means and one for the strongest attack, a line for each number of genes."""
    names = [name for name in titles if (table["dataset"] == name).any()]
    figure = new_figure(DOUBLE, 0.5 + 2.5 * len(names))
    grid = figure.subplots(len(names), 2, sharex="row", sharey="row", squeeze=False)
    ends: dict[Axes, list[Label]] = {}
    for row, name in zip(grid, names, strict=True):
        own = table[table["dataset"] == name]
        for axes, attack in zip(row, (FREQUENCY, STRONGEST), strict=True):
            ends[axes] = _panel(axes, own[own["attack"] == attack])
            axes.set_title(_title(own, attack))
        row[0].set_ylabel(f"{short(titles[name])}\nAUC of the attack, 0.5: guessing")
    figure.supxlabel(f"released individuals ({seeds_text(table)})", fontsize=8)
    # The lines are the same in both panels of a row.
    for row in grid:
        end_labels(row[-1], ends[row[-1]])
    return figure


def _title(own: pd.DataFrame, attack: str) -> str:
    if attack == FREQUENCY:
        return "attack on class means (dashed: bound)"
    chosen = " and ".join(own.loc[own["attack"] == STRONGEST, "chosen"]).split(" and ")
    return "strongest attack: " + ", ".join(short(title(one)) for one in dict.fromkeys(chosen))


def _panel(axes: Axes, rows: pd.DataFrame) -> list[Label]:
    """Draw one attack; returns the labels of the lines."""
    found = over_seeds(rows, _KEYS, *_AUC)
    bounds = rows.groupby(_KEYS)["auc_bound"].mean()
    labels, numbers = [], sorted(found["genes"].unique())
    for place, genes in enumerate(numbers):
        line = found[found["genes"] == genes].sort_values("individuals")
        style = _STYLES[(place + max(0, 3 - len(numbers))) % len(_STYLES)]
        at, mean = line["individuals"].to_numpy(), line["mean"].to_numpy()
        bars = np.clip([mean - line["low"], line["high"] - mean], 0, None)
        x = at * _STEP ** (place - (len(numbers) - 1) / 2)
        axes.errorbar(x, mean, bars, elinewidth=0.7, **style.line())
        axes.plot(
            at, [bounds[tuple(key)] for key in line[_KEYS].to_numpy()], color=style.color, **_BOUND
        )
        text = f"{genes:,.0f} gene{'s' if genes > 1 else ''}, {line['snps'].iloc[0]:,.0f} SNPs"
        labels.append(Label(x[-1], mean[-1], text, style))
    null = over_seeds(rows[rows["genes"] == numbers[-1]], _KEYS, *(f"null_{name}" for name in _AUC))
    null = null.sort_values("individuals")
    axes.fill_between(null["individuals"], null["low"], null["high"], color=BAND, linewidth=0, zorder=0)
    grey_line(axes, "h", 0.5, linestyle=(0, (1, 2)))
    ticks = np.sort(found["individuals"].unique())
    axes.set_xscale("log")
    axes.set_xticks(ticks, [f"{tick:,.0f}" for tick in ticks])
    axes.minorticks_off()
    edge = axes.get_xlim()[1]
    return [*labels, Label(edge, 0.5, "guessing; grey: null", Style(GREY, "", ()))]
