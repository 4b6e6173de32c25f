"""The styles can be told apart, and files do not vary."""

from itertools import combinations

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.colors import to_rgb

from genodiff.generators import REFERENCES
from genodiff.networks.backbones import BACKBONES
from genodiff.plots.style import STYLES, families, house_style, new_figure, save, short, styles

# Machado et al. 2009, full severity, on linear RGB.
VISION = {
    "normal": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def lab(color, vision="normal"):
    """A colour as somebody sees it, in CIE L*a*b* (L* is what a grey print keeps)."""
    rgb = np.array(to_rgb(color))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    xyz = TO_XYZ @ np.clip(np.array(VISION[vision]) @ linear, 0, 1) / [0.9505, 1, 1.089]
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.fixture
def all_individuals():
    """Styles of all datasets of ours and of four others."""
    return styles(["real", *BACKBONES, *REFERENCES, "one", "two", "three", "four"])


def test_every_built_in_dataset_has_a_style_of_its_own():
    assert set(STYLES) == {"real", *BACKBONES, *REFERENCES}


@pytest.mark.parametrize("vision", VISION)
def test_colours_differ_for_everybody(all_individuals, vision):
    for one, other in combinations(all_individuals, 2):
        seen = [lab(all_individuals[name].color, vision) for name in (one, other)]
        assert np.linalg.norm(seen[0] - seen[1]) > 9, (one, other)


def test_in_grey_markers_dashes_and_the_lightness_of_backbones_differ(all_individuals):
    generators = {name: style for name, style in all_individuals.items() if name != "real"}
    assert len({style.marker for style in generators.values()}) == len(generators)
    assert len({style.dashes for style in generators.values()}) == len(generators)
    for one, other in combinations(BACKBONES, 2):
        assert abs(lab(STYLES[one].color)[0] - lab(STYLES[other].color)[0]) > 5, (one, other)


def test_a_fifth_unknown_dataset_gets_a_style_again():
    found = styles(["real", "a", "b", "c", "d", "e"])
    assert found["e"] == found["a"] != found["b"]


def test_short__keeps_both_ends():
    assert short("MLP+CNN") == "MLP+CNN"
    assert short("x" * 20) == "x" * 20
    text = short("somebodys_generator_of_2027_v2")
    assert len(text) == 20
    assert text.startswith("somebodys")
    assert text.endswith("2027_v2")


def test_families__in_order_and_none_that_is_empty():
    assert families(["unet_mlp", "mosaic", "theirs", "baseline"]) == {
        "diffusion models": ["unet_mlp", "baseline"],
        "reference and other generators": ["mosaic", "theirs"],
    }
    assert list(families(["baseline"])) == ["diffusion models"]


def _file(path, kind):
    with house_style():
        figure = new_figure(2, 2)
        axes = figure.subplots()
        axes.plot([1, 2], [3, 4], marker="o")
        axes.scatter([1, 2], [4, 3], rasterized=True)
        axes.set_xlabel("accuracy (%)")
        save(figure, [path / f"figure.{kind}"])
    return (path / f"figure.{kind}").read_bytes()


@pytest.mark.parametrize("kind", ["svg", "png"])
def test_save__same_figure_same_bytes(tmp_path, monkeypatch, kind):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    first = _file(tmp_path, kind)
    # Neither the clock nor somebody's settings may show.
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1000000000")
    with mpl.rc_context({"font.size": 20, "axes.facecolor": "red", "svg.fonttype": "none"}):
        assert _file(tmp_path, kind) == first
    assert [path.name for path in tmp_path.iterdir()] == [f"figure.{kind}"]


def test_save__svg_needs_no_fonts_and_no_network(tmp_path):
    text = _file(tmp_path, "svg").decode()
    assert "<text" not in text
    assert "<path" in text
    assert 'href="http' not in text


def test_house_style__leaves_the_settings_alone():
    before = dict(mpl.rcParams)
    with house_style():
        assert mpl.rcParams["axes.spines.top"] is False
    assert dict(mpl.rcParams) == before
