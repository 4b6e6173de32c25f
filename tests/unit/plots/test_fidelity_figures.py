"""The figures of genetic fidelity: what is drawn is what the jobs leave."""

import json
from pathlib import Path

import numpy as np
import pytest

from genodiff.generators.dataset import NULL
from genodiff.plots.fidelity import FIGURES, NULL_SHOWN, NULL_TITLE, draw_ld, draw_pca, fidelity_figures

pytestmark = pytest.mark.usefixtures("look")


def curves(rng, shift=0.0):
    """Curves of one dataset, with points that cannot be judged."""
    frequency = rng.random((30, 1)) * 0.9
    snps = [
        [i % 2, 1000 * i, float(i), float(2 * i) + shift, *(rng.normal(size=2) if i else [None, None])]
        for i in range(20)
    ]
    decay = [[1000, 0.5, 0.4 + shift, 0.01], [10_000, 0.3, 0.2 + shift, None]]
    return {
        "frequency": {"points": np.hstack([frequency, frequency + 0.05]).tolist()},
        "association": {
            "points": snps, "case": "case", "individuals": [100, 40], "chromosomes": ["7", "X"],
        },
        "structure": {
            "candidate": rng.normal(size=(9, 2)).tolist(), "train": rng.normal(size=(9, 2)).tolist(),
        },
        "ld": {"within genes": decay, "between genes": []},
    }  # fmt: skip


@pytest.fixture
def found(generators):
    """Curves of the null and of all generators, and how they are shown."""
    rng = np.random.default_rng(0)
    by_name = {name: curves(rng, 0.1 * n) for n, name in enumerate((NULL, *generators))}
    return by_name, {NULL: NULL_SHOWN} | generators


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_shows_the_null_first_and_every_dataset(name, found, texts):
    by_name, entries = found
    figure = FIGURES[name](by_name, entries, True)
    shown = texts(figure)
    assert NULL_TITLE in shown
    for entry in entries.values():
        assert any(text.startswith(entry.title[:8]) for text in shown)
    if name != "fidelity_ld":
        assert figure.axes[0].get_title(loc="left") == NULL_TITLE


@pytest.mark.parametrize("name", FIGURES)
def test_a_dataset_that_cannot_be_judged_has_an_empty_panel(name, found, texts):
    by_name, entries = found
    by_name["mosaic"] = {"ld": {"within genes": [], "between genes": []}, "association": {
        "points": [], "case": "case", "individuals": [100, 40], "chromosomes": ["7", "X"]}}  # fmt: skip
    figure = FIGURES[name](by_name, entries, True)
    if name in ("fidelity_frequency", "fidelity_pca"):
        assert "cannot be judged" in texts(figure)


def test_pca__real_individuals_are_a_layer_of_their_own(found):
    by_name, entries = found
    with_real, without = (draw_pca(by_name, entries, real) for real in (True, False))
    assert [len(panel.collections) for panel in with_real.axes[:3]] == [2, 2, 2]
    assert [len(panel.collections) for panel in without.axes[:3]] == [0, 1, 1]


def test_ld__curves_of_training_individuals_null_and_datasets(found):
    by_name, entries = found
    panel = draw_ld(by_name, entries, True).axes[0]
    curves_drawn = [line.get_ydata().tolist() for line in panel.lines if len(line.get_xdata()) == 2]
    assert curves_drawn[0] == [0.5, 0.3]
    for own in by_name.values():
        assert [point[2] for point in own["ld"]["within genes"]] in curves_drawn


def test_files_are_named_by_the_figure_and_do_not_vary(found, entries, tmp_path):
    by_name, _ = found
    results = []
    for name, own in by_name.items():
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps({"dataset": name, "seed": 0, "numbers": [], "curves": own}))
        results.append(str(path))
    written = []
    for folder in ("a", "b"):
        outputs = [
            str(tmp_path / folder / f"{name}.{form}") for name in FIGURES for form in ("svg", "png")
        ]
        fidelity_figures(results=results, generators=entries, outputs=outputs, real_individuals=True)
        written.append([Path(path).read_bytes() for path in outputs])
    assert written[0] == written[1]
    assert all(written[0])
