"""Labels beside the data that do not cover each other."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.patheffects import withStroke
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
_THIN = {"arrowstyle": "-", "lw": 0.5, "shrinkA": 0, "shrinkB": 3}
_DISTANCES = (5, 9, 14, 20, 28, 38, 50)  # points
_MARKER = 4  # points: radius of a marker, and some air
# What makes a place bad: per pixel away, per square pixel covered, and for being taken for another's.
_WEIGHTS = {"distance": 6.0, "text": 4.0, "line": 0.4, "mistaken": 400.0}


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
    wanted = [(0, place) for place in spread(pixels[:, 1], gap)]
    heights = axes.transAxes.inverted().transform(wanted)[:, 1]
    for label, height in zip(labels, heights, strict=True):
        # A line without markers has its label where others have their marker.
        bare = {"shrinkB": 0} if not label.style.marker else {}
        axes.annotate(
            "", (label.x, label.y), (1.06, height), textcoords="axes fraction",
            arrowprops=_THIN | {"color": label.style.color} | bare, annotation_clip=False,
        )  # fmt: skip
        axes.plot([1.07], [height], transform=axes.transAxes, clip_on=False, **label.style.points())
        axes.text(
            1.08 if bare else 1.11, height, short(label.text), transform=axes.transAxes,
            va="center_baseline", fontsize=_SIZE,
        )  # fmt: skip


def point_labels(axes: Axes, labels: Sequence[Label]) -> None:
    """Name points inside the axes, each near its own point and clear of others, of other labels and, if
    it can be, of lines. One that has to stand off gets a thin line to its point.

    Call it when everything else is drawn.
    """
    figure = axes.figure
    figure.draw_without_rendering()
    renderer, scale = figure.canvas.get_renderer(), figure.dpi / 72
    points = axes.transData.transform([(label.x, label.y) for label in labels]) if labels else []
    texts: list[Bbox] = []
    lines, inside = _lines(axes), axes.get_window_extent(renderer).padded(-2 * scale)
    for place, (label, point) in enumerate(zip(labels, points, strict=True)):
        text = axes.annotate(
            short(label.text), (label.x, label.y), (0, 0), textcoords="offset points", fontsize=_SIZE,
            path_effects=[withStroke(linewidth=1.5, foreground="white")],
        )  # fmt: skip
        others = np.delete(points, place, axis=0)
        found = []
        for far in _DISTANCES:
            for dx, dy, side, level in _AROUND:
                look = {"position": (far * dx, far * dy), "ha": side, "va": level}
                text.set(**look)
                box = text.get_window_extent(renderer).padded(scale)
                cost = _WEIGHTS["distance"] * far * scale
                cost += _WEIGHTS["text"] * sum(_overlap(box, other) for other in texts)
                cost += _WEIGHTS["line"] * sum(_overlap(box, other) for other in lines)
                cost += _WEIGHTS["text"] * (box.width * box.height - _overlap(box, inside))
                # Nearer to somebody else's point than to its own: read as that one's name.
                clear = _distance(box, point) + _MARKER * scale
                cost += _WEIGHTS["mistaken"] * sum(_distance(box, other) < clear for other in others)
                found.append((cost, far, look, box))
        _, far, look, box = min(found, key=lambda candidate: candidate[0])
        text.set(**look)
        texts.append(box)
        if far > _DISTANCES[0]:
            _leader(axes, label, point, box)


def _distance(box: Bbox, point: np.ndarray) -> float:
    """Pixels between a box and a point; 0 inside."""
    return float(np.hypot(*(np.clip(point, box.min, box.max) - point)))


def _leader(axes: Axes, label: Label, point: np.ndarray, box: Bbox) -> None:
    nearest = np.clip(point, box.min, box.max)
    axes.annotate(
        "", (label.x, label.y), axes.transAxes.inverted().transform(nearest),
        textcoords="axes fraction",
        arrowprops=_THIN | {"color": GREY},
    )  # fmt: skip


def _lines(axes: Axes) -> list[Bbox]:
    """Boxes (pixels) of straight lines and error bars, thick enough to be in the way."""
    bars = [item for item in axes.collections if isinstance(item, LineCollection)]
    paths = [(line.get_path(), line.get_transform()) for line in axes.lines]
    paths += [(path, item.get_transform()) for item in bars for path in item.get_paths()]
    return [transform.transform_path(path).get_extents().padded(2) for path, transform in paths]


def _overlap(one: Bbox, other: Bbox) -> float:
    """Area (square pixels) that two boxes share."""
    both = Bbox.intersection(one, other)
    return both.width * both.height if both else 0.0
