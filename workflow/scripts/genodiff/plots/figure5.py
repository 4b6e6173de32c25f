"""Figure 5: UMAP of the individuals of each dataset and the real ones."""

import os
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from genodiff.plots.style import (
    DOUBLE,
    PALE,
    Shown,
    Style,
    house_style,
    legend_above,
    new_figure,
    save,
    short,
    shown,
)
from genodiff.plots.umap_embedding import TEST, TRAIN, read_embedding

_COLUMNS = 3
_TITLE = 0.3  # inches
# Of the first classes (Okabe and Ito); more classes have those of a colour map.
_CLASS_COLORS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00"]


def figure5(
    *, embedding_path: str | os.PathLike, generators: dict[str, dict[str, Any]], outputs: Iterable[str]
) -> None:
    """Draw the map at `embedding_path` to `outputs`; `generators`: entries with title, kind and style,
    in order."""
    points = read_embedding(embedding_path).to_pandas()
    with house_style():
        save(draw_figure5(points, shown(generators)), outputs)


def draw_figure5(points: pd.DataFrame, generators: dict[str, Shown]) -> Figure:
    """Small multiples, individuals coloured by class: the real ones, then those of each dataset before
    the pale training individuals."""
    drawn = [name for name in generators if (points["source"] == name).any()]
    points = points.fillna({"label": ""})
    colors = class_colors(points["label"])
    count = len(drawn) + 1
    columns = min(_COLUMNS, count)
    rows = -(-count // columns)
    height = (DOUBLE / columns - 0.25) * _shape(points) + _TITLE
    figure = new_figure(DOUBLE, 0.6 + height * rows)
    panels = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True).ravel()
    training = points[points["source"] == TRAIN]
    for panel, name in zip(panels, [None, *drawn], strict=False):
        # As pixels in the SVG: tens of thousands of paths would make it huge.
        panel.set_rasterization_zorder(2)
        if name is None:
            shown_here, title = points[points["source"].isin([TRAIN, TEST])], "real individuals"
        else:
            shown_here, title = points[points["source"] == name], short(generators[name].title)
            _dots(panel, training, [PALE] * len(training))
        _dots(panel, shown_here, [colors[label] for label in shown_here["label"]])
        panel.set_title(f"{title}, n = {len(shown_here):,}")
        panel.set(xticks=[], yticks=[], aspect="equal")
        panel.grid(False)
    for panel in panels[count:]:
        panel.set_axis_off()
    figure.supxlabel("UMAP 1", fontsize=8)
    figure.supylabel("UMAP 2", fontsize=8)
    _legend(figure, colors)
    return figure


def class_colors(labels: Iterable[str]) -> dict[str, str]:
    """A colour for each class, in alphabetical order, and grey for individuals without one ("")."""
    classes = sorted(set(labels) - {""})
    found = dict(zip(classes, _CLASS_COLORS, strict=False))
    if len(classes) > len(_CLASS_COLORS):
        every = colormaps["turbo"](np.linspace(0.05, 0.95, len(classes)))
        found = dict(zip(classes, map(to_hex, every), strict=True))
    return found | {"": PALE}


def _shape(points: pd.DataFrame) -> float:
    """Height of the map over its width, within limits of a legible panel."""
    width, height = (np.ptp(points[axis]) for axis in ("x", "y"))
    return float(np.clip(height / width, 0.2, 1.3)) if width else 1.0


def _dots(panel: Axes, points: pd.DataFrame, colors: list[str]) -> None:
    panel.scatter(points["x"], points["y"], s=2.5, facecolors=colors, linewidths=0, zorder=1)


def _legend(figure: Figure, colors: dict[str, str]) -> None:
    names = {short(label): color for label, color in colors.items() if label}
    names["training individuals (behind)"] = PALE
    entries = [
        Line2D([], [], label=name, **Style(color, "o", ()).points()) for name, color in names.items()
    ]
    legend_above(figure, entries, 5, handlelength=1)
