"""Labels beside the data that do not cover each other."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes
from matplotlib.transforms import Bbox

from genodiff.plots.style import GREY, Style, short

_SIZE = 7.5  # points
# Places around a point, best first: direction, and the corner of the text that is nearest.
_AROUND = [
    (1, 0.55, "left", "bottom"),
    (1, -0.55, "left", "top"),
    (-1, 0.55, "right", "bottom"),
    (-1, -0.55, "right", "top"),
    (0, 1, "center", "bottom"),
    (0, -1, "center", "top"),
    (1, 0, "left", "center"),
    (-1, 0, "right", "center"),
]
_DISTANCES = (5, 11, 18, 26, 36, 48)  # points


@dataclass(frozen=True)
class Label:
    """A text for a point in data coordinates, and the style of its dataset."""

    x: float
    y: float
    text: str
    style: Style


def spread(places: Sequence[float], gap: float) -> np.ndarray:
    """The places (n,), moved as little as it takes to be at least `gap` apart, in the same order."""
    order = np.argsort(places, kind="stable")
    # Groups that touch share one move: mean of where their members want to be.
    groups: list[list[float]] = []
    for rank, wanted in enumerate(np.asarray(places, float)[order]):
        groups.append([wanted - rank * gap])
        while len(groups) > 1 and np.mean(groups[-2]) > np.mean(groups[-1]):
            groups[-2:] = [groups[-2] + groups[-1]]
    bases = np.concatenate([[np.mean(group)] * len(group) for group in groups] or [[]])
    found = np.empty(len(order))
    found[order] = bases + gap * np.arange(len(order))
    return found


def end_labels(axes: Axes, labels: Sequence[Label]) -> None:
    """Name lines at the right of the axes, each at the height of its end and with its marker.

    Call it when everything else is drawn: the layout decides how far apart labels must be.
    """
    axes.figure.draw_without_rendering()
    pixels = axes.transData.transform([(label.x, label.y) for label in labels])
    gap = 1.35 * _SIZE * axes.figure.dpi / 72
    heights = axes.transAxes.inverted().transform(
        [(0, height) for height in spread(pixels[:, 1], gap)]
    )[:, 1]
    for label, height in zip(labels, heights, strict=True):
        axes.annotate(
            "", (label.x, label.y), (1.06, height), textcoords="axes fraction",
            arrowprops={"arrowstyle": "-", "color": label.style.color, "lw": 0.5, "shrinkA": 0, "shrinkB": 3},
            annotation_clip=False,
        )  # fmt: skip
        axes.plot([1.07], [height], transform=axes.transAxes, clip_on=False, **label.style.points())
        axes.text(
            1.11, height, short(label.text), transform=axes.transAxes, va="center_baseline",
            fontsize=_SIZE,
        )  # fmt: skip


def point_labels(axes: Axes, labels: Sequence[Label], obstacles: Sequence[Bbox] = ()) -> None:
    """Name points inside the axes, each where its text covers least of points, texts and `obstacles`.

    `obstacles`: boxes in pixels. A label that has to stand off gets a thin line to its point. Call it
    when everything else is drawn and the limits are fixed.
    """
    figure = axes.figure
    figure.draw_without_rendering()
    renderer, scale = figure.canvas.get_renderer(), figure.dpi / 72
    points = axes.transData.transform([(label.x, label.y) for label in labels])
    marker = 4 * scale
    taken = [Bbox.from_extents(x - marker, y - marker, x + marker, y + marker) for x, y in points]
    taken += obstacles
    inside = axes.get_window_extent(renderer)
    for label, (x, y) in zip(labels, points, strict=True):
        text = axes.annotate(
            short(label.text), (label.x, label.y), (0, 0), textcoords="offset points", fontsize=_SIZE
        )
        best = None
        for far in _DISTANCES:
            for dx, dy, side, level in _AROUND:
                text.set(position=(far * dx, far * dy), ha=side, va=level)
                box = text.get_window_extent(renderer).padded(scale)
                covered = sum(_overlap(box, other) for other in taken)
                outside = box.width * box.height - _overlap(box, inside)
                cost = covered + 5 * outside + far * scale
                if best is None or cost < best[0]:
                    best = (cost, far, (far * dx, far * dy), side, level, box)
        _, far, offset, side, level, box = best
        text.set(position=offset, ha=side, va=level)
        taken.append(box)
        if far > _DISTANCES[0]:
            _leader(axes, label, (x, y), box)


def _leader(axes: Axes, label: Label, point: tuple[float, float], box: Bbox) -> None:
    nearest = np.clip(point, box.min, box.max)
    axes.annotate(
        "", (label.x, label.y), axes.transAxes.inverted().transform(nearest),
        textcoords="axes fraction",
        arrowprops={"arrowstyle": "-", "color": GREY, "lw": 0.5, "shrinkA": 0, "shrinkB": 3},
    )  # fmt: skip


def _overlap(one: Bbox, other: Bbox) -> float:
    """Area (square pixels) that two boxes share."""
    both = Bbox.intersection(one, other)
    return both.width * both.height if both else 0.0


def apart(places: Sequence[float], gap: float) -> bool:
    """Whether sorted places are at least `gap` from their neighbours (to within rounding)."""
    return all(after - before >= gap - 1e-9 for before, after in pairwise(sorted(places)))
