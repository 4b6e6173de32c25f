"""Place labels beside the data so that they do not overlap."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from adjustText import adjust_text
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.patheffects import withStroke
from matplotlib.transforms import Bbox

from genodiff.plots.style import GREY, Style, short

_SIZE = 7.5  # points
_THIN = {"arrowstyle": "-", "lw": 0.5, "shrinkA": 0, "shrinkB": 3}
_MARKER = 4  # points: radius of a marker with a margin
# A limit of time instead of iterations would make figures differ between runs.
_ITERATIONS = 500


@dataclass(frozen=True)
class Label:
    """The text of a point in data coordinates and the style of its dataset."""

    x: float
    y: float
    text: str
    style: Style


def spread(positions: Sequence[float], gap: float) -> np.ndarray:
    """Positions float64 (n,), shifted as little as possible to be at least `gap` apart, in order."""
    order = np.argsort(positions, kind="stable")
    # Groups that touch share one shift: the mean of the shifts of their members.
    groups: list[list[float]] = []
    for rank, wanted in enumerate(np.asarray(positions, float)[order]):
        groups.append([wanted - rank * gap])
        while len(groups) > 1 and np.mean(groups[-2]) > np.mean(groups[-1]):
            groups[-2:] = [groups[-2] + groups[-1]]
    bases = np.concatenate([[np.mean(group)] * len(group) for group in groups] or [[]])
    spaced = np.empty(len(order))
    spaced[order] = bases + gap * np.arange(len(order))
    return spaced


def end_labels(axes: Axes, labels: Sequence[Label]) -> None:
    """Label lines at the right of the axes, at the heights of their ends and with their markers.

    Call it after everything else is drawn: the layout determines the distance between labels.
    """
    axes.figure.draw_without_rendering()
    pixels = axes.transData.transform([(label.x, label.y) for label in labels])
    gap = 1.35 * _SIZE * axes.figure.dpi / 72
    wanted = [(0, y) for y in spread(pixels[:, 1], gap)]
    heights = axes.transAxes.inverted().transform(wanted)[:, 1]
    for label, height in zip(labels, heights, strict=True):
        # The label of a line without markers takes the position of the marker.
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
    """Label points inside the axes without covering points and other labels, as far as there is room,
    nor error bars where that leaves room for all labels; a thin line connects a distant label to its
    point.

    Call it after everything else is drawn.
    """
    if not labels:
        return
    axes.figure.draw_without_rendering()
    to_pixels, radius = axes.transData, _MARKER * axes.figure.dpi / 72
    points = to_pixels.transform([(label.x, label.y) for label in labels])
    markers = [Bbox([point, point]).padded(radius) for point in points]
    bars = [
        part.get_transform().transform_path(path).get_extents()
        for part in axes.collections
        if isinstance(part, LineCollection)
        for path in part.get_paths()
    ]
    drawn = _placed(axes, labels, [*markers, *bars])
    if _cover_each_other(drawn[: len(labels)]):
        for artist in drawn:
            artist.remove()
        _placed(axes, labels, markers)


def _placed(axes: Axes, labels: Sequence[Label], obstacles: Sequence[Bbox]) -> list[Artist]:
    """The texts of labels, put beside obstacles in pixels, and then their lines."""
    texts = [
        axes.text(
            label.x, label.y, short(label.text), fontsize=_SIZE,
            path_effects=[withStroke(linewidth=1.5, foreground="white")],
        )
        for label in labels
    ]  # fmt: skip
    to_data = axes.transData.inverted()
    _, lines = adjust_text(
        texts, ax=axes, objects=[box.transformed(to_data) for box in obstacles],
        iter_lim=_ITERATIONS, min_arrow_len=8, expand=(1.1, 1.4), arrowprops=_THIN | {"color": GREY},
    )  # fmt: skip
    return [*texts, *lines]


def _cover_each_other(texts: Sequence[Artist]) -> bool:
    boxes = [text.get_window_extent() for text in texts]
    return any(box.overlaps(other) for i, box in enumerate(boxes) for other in boxes[:i])
