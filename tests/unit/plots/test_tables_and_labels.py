"""What is read and averaged, and where labels go."""

import numpy as np
import pandas as pd
import pytest

from genodiff.plots.labels import Label, end_labels, point_labels, spread
from genodiff.plots.style import STYLES, new_figure
from genodiff.tables.read import over_seeds, read_tidy, seeds_text


def test_read_tidy__texts_stay_and_missing_numbers_are_missing(tmp_path):
    path = tmp_path / "privacy.tsv"
    path.write_text("dataset\tseed\tauc\tother\nnull\t0\t0.5\tx\nNA\t0\tNA\ty\n")
    table = read_tidy(path, ["dataset", "auc"])
    assert list(table["dataset"]) == ["null", "NA"]
    assert table["auc"].isna().tolist() == [False, True]
    assert list(table) == ["dataset", "auc"]


def test_read_tidy__a_missing_column_is_named(tmp_path):
    path = tmp_path / "table.tsv"
    path.write_text("dataset\tseed\n")
    with pytest.raises(ValueError, match=r"table\.tsv: no column auc, auc_low"):
        read_tidy(path, ["dataset", "auc", "auc_low"])


def test_over_seeds__one_seed_keeps_its_limits():
    table = pd.DataFrame(
        {"dataset": "a", "seed": 0, "classifier": ["x", "y"], "v": [1, 3], "l": [0, 1], "h": [2, 6]}
    )
    row = over_seeds(table, ["dataset"], "v", "l", "h").iloc[0]
    assert row.to_dict() == {"dataset": "a", "mean": 2, "low": 0.5, "high": 4}
    assert seeds_text(table) == "bars: 95% interval"


def test_over_seeds__several_seeds_have_a_deviation_and_missing_values_are_left_out():
    table = pd.DataFrame(
        {
            "dataset": ["a"] * 4 + ["b"], "seed": [0, 0, 1, 1, 0], "v": [1.0, 3, 4, np.nan, np.nan],
            "l": 0.0, "h": 9.0,
        }
    )  # fmt: skip
    found = over_seeds(table, ["dataset"], "v", "l", "h").set_index("dataset")
    # Means of the seeds 2 and 4: deviation the root of 2.
    assert found.loc["a"].tolist() == pytest.approx([3, 3 - 2**0.5, 3 + 2**0.5])
    assert np.isnan(found.loc["b", "mean"])
    assert seeds_text(table) == "mean ± SD of 2 seeds"


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
    put(axes, [Label(0.5 + i / 40, 0.5, n, STYLES["mosaic"]) for i, n in enumerate(names)])
    boxes = _boxes(axes, names)
    assert len(boxes) == 8
    for i, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[:i])


@pytest.mark.usefixtures("look")
def test_point_labels__stay_inside_and_off_other_points():
    axes = new_figure(3.4, 3).subplots()
    axes.set(xlim=(0, 1), ylim=(0, 1))
    places = {"corner": (0.99, 0.99), "left": (0.01, 0.5), "one": (0.5, 0.3), "two": (0.56, 0.3)}
    point_labels(axes, [Label(*place, name, STYLES["real"]) for name, place in places.items()])
    boxes, frame = _boxes(axes, places), axes.get_window_extent()
    points = {name: axes.transData.transform(place) for name, place in places.items()}
    leaders = [axes.transData.transform(patch.get_path().vertices) for patch in axes.patches]
    for name, box in zip(places, boxes, strict=True):
        assert frame.x0 <= box.x0 < box.x1 <= frame.x1
        assert frame.y0 <= box.y0 < box.y1 <= frame.y1
        assert not any(box.contains(*point) for point in points.values())
        # A label is nearest to its own point, or a line leads from it to its point.
        ends = [line[-1] for line in leaders if box.padded(4).contains(*line[0])]
        places_of = ends or [np.clip(point, box.min, box.max) for point in points.values()]
        distances = np.hypot(*(np.array(list(points.values())) - places_of).T)
        assert list(points)[distances.argmin()] == name
