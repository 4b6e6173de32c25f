"""The figure of tried settings: what is drawn is what the table says."""

import numpy as np
import pandas as pd
import pytest

from genodiff.plots.style import shown
from genodiff.plots.tuning import draw_tuning, tuning_figure
from genodiff.tuning.collect import COLUMNS

pytestmark = pytest.mark.usefixtures("look")
GENERATORS = {
    name: {"title": name.upper(), "kind": "diffusion", "style": None} for name in ("one", "two")
}


@pytest.fixture
def table():
    """Of the first generator three complete trials, one of which an attack finds something in, and one
    that was given up; of the second none that is complete."""
    rows = [
        {"generator": "one", "trial": k, "state": "complete", "recovery": r, "closeness": c,
         "excess": e, "recovery_se": 0.02, "closeness_se": 0.01, "default": k == 0, "chosen": k == 1,
         "front": k < 2}
        for k, (r, c, e) in enumerate([(0.9, 0.2, -0.1), (0.85, 0.1, -0.1), (0.95, 0.05, 0.1)])
    ]  # fmt: skip
    marks = {"default": False, "chosen": False, "front": False}
    rows += [{"generator": name, "trial": 3, "state": "pruned"} | marks for name in GENERATORS]
    return pd.DataFrame(rows, columns=COLUMNS)


def test_draw_tuning__every_complete_trial_is_a_point_and_the_front_a_line(table):
    figure = draw_tuning(table, shown(GENERATORS))
    first, second = figure.axes[:2]
    points = {line.get_marker(): line.get_xydata() for line in first.lines[:2]}
    np.testing.assert_allclose(points["o"], [[90, 0.2], [85, 0.1]])
    np.testing.assert_allclose(points["x"], [[95, 0.05]])
    np.testing.assert_allclose(first.lines[2].get_xydata(), [[85, 0.1], [90, 0.2]])
    marked = {line.get_marker(): line.get_xydata() for line in first.lines[3:]}
    np.testing.assert_allclose(marked["s"], [[90, 0.2]])
    np.testing.assert_allclose(marked["*"], [[85, 0.1]])
    assert "3 complete" in first.get_title(loc="left")
    assert "1 given up" in second.get_title(loc="left")
    low, high = first.get_xlim()
    assert low < 85 < 95 < high


def test_tuning_figure__reads_the_table(table, tmp_path):
    path = tmp_path / "tuning.tsv"
    table.to_csv(path, sep="\t", index=False, na_rep="NA")
    outputs = [tmp_path / "a.svg", tmp_path / "a.png"]
    tuning_figure(table_path=path, generators=GENERATORS, outputs=outputs)
    assert all(output.stat().st_size > 1000 for output in outputs)
