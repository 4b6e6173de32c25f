"""Errors of networks and of denoisers that need no training, by noise level."""

import os
from collections.abc import Iterable
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from genodiff.evaluation.denoising import ANALYTIC
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
from genodiff.tables.denoising import DENOISING_COLUMNS
from genodiff.tables.read import read_long

# Errors are drawn in units of that of the first of these that was computed.
_UNITS = ("gaussian", "gaussian_chromosome", "independent")
_DASHES = [(1, 1), (4, 1.5), (6, 2, 1, 2), (2, 2), (8, 2)]


def denoising_figure(
    *, table_path: str | os.PathLike, generators: dict[str, dict[str, Any]], outputs: Iterable[str]
) -> None:
    """Draw denoising.tsv to `outputs`; `generators`: entries with title, kind and style, in order."""
    table = read_long(table_path, DENOISING_COLUMNS)
    with house_style():
        save(draw_denoising(table, shown(generators)), outputs)


def draw_denoising(table: pd.DataFrame, generators: dict[str, Shown]) -> Figure:
    """Left: error on validation individuals over that of a Gaussian; right: on validation over training
    individuals; means over seeds, by sigma."""
    means = table.pivot_table("error", ["set", "denoiser"], "sigma")
    validation, training = means.loc["validation"], means.loc["training"]
    unit = next(name for name in _UNITS if name in validation.index)
    looks = {name: (short(entry.title), entry.style) for name, entry in generators.items()}
    for (name, entry), dashes in zip(ANALYTIC.items(), _DASHES, strict=True):
        looks[name] = entry.title, Style(GREY, "", dashes)
    figure = new_figure(DOUBLE, 3.6)
    left, right = figure.subplots(1, 2)
    drawn = [name for name in looks if name in validation.index]
    for name in drawn:
        style = looks[name][1].line() | {"markersize": 3}
        left.plot(validation.columns, validation.loc[name] / validation.loc[unit], **style)
        right.plot(validation.columns, validation.loc[name] / training.loc[name], **style)
    left.set_ylabel(f"error on validation individuals\nover that of the denoiser {ANALYTIC[unit].title}")
    right.set_ylabel("error on validation individuals\nover that on training individuals")
    left.set_yscale("log")
    ticks = [0.1, 0.2, 0.5, 1, 2]
    left.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
    left.minorticks_off()
    # Kernels know the training individuals themselves: their ratios have no limit.
    left.set_ylim(min(0.2, 0.9 * (validation / validation.loc[unit]).min(axis=None)), 2)
    right.set_ylim(0.9, 1.5)
    _axes(left)
    _axes(right)
    figure.supxlabel("standard deviation of the noise, in those of the features", fontsize=8)
    lines = [Line2D([], [], label=looks[name][0], **looks[name][1].line()) for name in drawn]
    legend_above(figure, lines, 4)
    return figure


def _axes(panel: Axes) -> None:
    panel.set_xscale("log")
    panel.set_xticks([0.1, 1, 10], ["0.1", "1", "10"])
    grey_line(panel, "h", 1)
