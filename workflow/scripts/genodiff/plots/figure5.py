"""Figure 5: UMAP of the individuals of each dataset and the real ones."""

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
    Style,
    house_style,
    legend_above,
    new_figure,
    save,
    short,
    shown,
)
from genodiff.plots.umap_embedding import TEST, TRAIN, read_embedding

_MOST_COLUMNS = 4
_TITLE = 0.3  # inches


def figure5(
    *, embedding_path: str | os.PathLike, generators: dict[str, dict[str, Any]], outputs: Iterable[str]
) -> None:
    """Draw the map at `embedding_path` to `outputs`; `generators`: entries with title, kind and style,
    in order."""
    points = read_embedding(embedding_path).to_pandas()
    with house_style():
        save(draw_figure5(points, shown(generators)), outputs)


def draw_figure5(points: pd.DataFrame, generators: dict[str, Shown]) -> Figure:
    """Small multiples: training individuals behind, the individuals of one dataset, test individuals in
    front; the first panel has real individuals only."""
    drawn = [name for name in generators if (points["source"] == name).any()]
    count = len(drawn) + 1
    columns = next((n for n in (3, 4) if not count % n), _MOST_COLUMNS) if count > 2 else count
    rows = -(-count // columns)
    height = (DOUBLE / columns - 0.25) * _shape(points) + _TITLE
    figure = new_figure(DOUBLE, 0.6 + height * rows)
    panels = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True).ravel()
    groups = {name: group[["x", "y"]].to_numpy() for name, group in points.groupby("source")}
    for place, panel in enumerate(panels):
        if place >= count:
            panel.set_axis_off()
            continue
        # As pixels in the SVG: tens of thousands of paths would make it huge.
        panel.set_rasterization_zorder(2)
        name = drawn[place - 1] if place else None
        _dots(panel, groups.get(TRAIN), PALE, 3)
        if name:
            _dots(panel, groups[name], generators[name].style.color, 2.5)
        _dots(panel, groups.get(TEST), INK, 3, linewidths=0.3, edgecolors="white")
        panel.set_title(short(generators[name].title) if name else "real individuals only")
        panel.set(xticks=[], yticks=[], aspect="equal")
        panel.grid(False)
    figure.supxlabel("UMAP 1", fontsize=8)
    figure.supylabel("UMAP 2", fontsize=8)
    _legend(figure, groups)
    return figure


def _shape(points: pd.DataFrame) -> float:
    """Height of the map over its width, within limits of a legible panel."""
    width, height = (np.ptp(points[axis]) for axis in ("x", "y"))
    return float(np.clip(height / width, 0.5, 1.3)) if width else 1.0


def _dots(panel: Axes, places: np.ndarray | None, color: str, size: float, **edge: Any) -> None:
    if places is not None:
        panel.scatter(*places.T, s=size, facecolors=color, zorder=1, **{"linewidths": 0} | edge)


def _legend(figure: Figure, groups: dict[str, np.ndarray]) -> None:
    kinds = {TRAIN: ("training individuals (behind)", PALE), TEST: ("test individuals (in front)", INK)}
    entries = [
        Line2D([], [], label=f"{text}, n = {len(groups[name]):,}", **Style(color, "o", ()).points())
        for name, (text, color) in kinds.items()
        if name in groups
    ]
    entries.insert(
        1, Line2D([], [], label="synthetic individuals (in colour)", **Style(GREY, "o", ()).points())
    )
    legend_above(figure, entries, 3, handlelength=1)
