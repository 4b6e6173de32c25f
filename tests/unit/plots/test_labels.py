"""Where labels go."""

import numpy as np
import pytest

from genodiff.plots.labels import Label, end_labels, point_labels, spread
from genodiff.plots.style import INK, Style, new_figure

STYLE = Style(INK, "o", ())


def test_spread__moves_no_more_than_it_must():
    assert spread([5, 1, 9], 2).tolist() == [5, 1, 9]
    assert spread([3, 3], 2).tolist() == [2, 4]
    assert spread([0, 3, 3.5], 2) == pytest.approx([0, 2.25, 4.25])
    assert spread([], 1).tolist() == []


def test_spread__keeps_distance_and_order():
    places = np.random.default_rng(1).uniform(0, 10, 12)
    found = spread(places, 1)
    assert (np.argsort(found) == np.argsort(places)).all()
    assert np.diff(np.sort(found)).min() == pytest.approx(1)


def _boxes(axes, names):
    axes.figure.draw_without_rendering()
    return [text.get_window_extent() for text in axes.texts if text.get_text() in names]


@pytest.mark.usefixtures("look")
@pytest.mark.parametrize("put", [end_labels, point_labels])
def test_labels_do_not_cover_each_other(put):
    axes = new_figure(3.4, 3).subplots()
    axes.set(xlim=(0, 1), ylim=(0, 1))
    names = [f"dataset {i}" for i in range(8)]
    put(axes, [Label(0.5 + i / 40, 0.5, n, STYLE) for i, n in enumerate(names)])
    boxes = _boxes(axes, names)
    assert len(boxes) == 8
    for i, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[:i])


@pytest.mark.usefixtures("look")
def test_point_labels__stay_inside_and_off_other_points():
    axes = new_figure(3.4, 3).subplots()
    axes.set(xlim=(0, 1), ylim=(0, 1))
    places = {"corner": (0.99, 0.99), "left": (0.01, 0.5), "one": (0.5, 0.3), "two": (0.56, 0.3)}
    point_labels(axes, [Label(*place, name, STYLE) for name, place in places.items()])
    boxes, frame = _boxes(axes, places), axes.get_window_extent()
    points = {name: axes.transData.transform(place) for name, place in places.items()}
    leaders = [axes.transData.transform(patch.get_path().vertices) for patch in axes.patches]
    for name, box in zip(places, boxes, strict=True):
        assert frame.x0 <= box.x0 < box.x1 <= frame.x1
        assert frame.y0 <= box.y0 < box.y1 <= frame.y1
        assert not any(box.contains(*point) for point in points.values())
        # A label is nearest to its own point, or a line leads from it to its point.
        ends = [line[-1] for line in leaders if box.padded(4).contains(*line[0])]
        targets = ends or [np.clip(point, box.min, box.max) for point in points.values()]
        distances = np.hypot(*(np.array(list(points.values())) - targets).T)
        assert list(points)[distances.argmin()] == name
