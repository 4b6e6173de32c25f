"""The styles can be told apart, and files do not vary."""

from itertools import combinations

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.colors import to_rgb

from genodiff.generators import KINDS, REFERENCES
from genodiff.networks.backbones import BACKBONES
from genodiff.plots.style import INK, Style, families, house_style, new_figure, save, short, shown

BUILT_IN = BACKBONES | {name: KINDS[name] for name in REFERENCES}
# These have a style; another entry may have one.
STYLED = (
    "unet_cnn", "unet_mlp", "mlp_cnn", "transformer", "baseline", "gene_mixer", "gaussian",
    "independent", "mosaic", "copying",
)  # fmt: skip

# Machado et al. 2009, full severity, on linear RGB.
VISION = {
    "normal": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900]],
}  # fmt: skip
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def lab(color, vision="normal"):
    """A colour as somebody sees it, in CIE L*a*b* (L* is what a grey print keeps)."""
    rgb = np.array(to_rgb(color))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    xyz = TO_XYZ @ np.clip(np.array(VISION[vision]) @ linear, 0, 1) / [0.9505, 1, 1.089]
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.fixture
def styles():
    """Styles of the built-in generators that have one, and of four others."""
    entries = {name: entry.style for name, entry in BUILT_IN.items() if entry.style}
    entries |= dict.fromkeys("abcd")
    entries = {name: {"title": name, "kind": "", "style": style} for name, style in entries.items()}
    return {name: entry.style for name, entry in shown(entries).items()}


def test_every_built_in_generator_has_a_style_of_its_own():
    assert all({"color", "marker", "dashes"} <= set(BUILT_IN[name].style) for name in STYLED)


@pytest.mark.parametrize("vision", VISION)
def test_colours_differ_for_everybody(styles, vision):
    styles["real"] = Style(INK, "o", ())
    for one, other in combinations(styles, 2):
        seen = [lab(styles[name].color, vision) for name in (one, other)]
        assert np.linalg.norm(seen[0] - seen[1]) > 9, (one, other)


def test_in_grey_markers_dashes_and_the_lightness_of_diffusion_models_differ(styles):
    assert len({style.marker for style in styles.values()}) == len(styles)
    assert len({tuple(style.dashes) for style in styles.values()}) == len(styles)
    for one, other in combinations([name for name in BACKBONES if name in styles], 2):
        assert abs(lab(styles[one].color)[0] - lab(styles[other].color)[0]) > 5, (one, other)


def test_shown__a_part_of_a_style_is_put_on_the_next_of_the_palette():
    entries = {name: {"title": name.upper(), "kind": "gaussian", "style": None} for name in "abcde"}
    entries["b"]["style"] = {"color": "#123456", "marker": None, "dashes": None}
    found = shown(entries)
    assert [found["b"].title, found["b"].kind, found["b"].style.color] == ["B", "gaussian", "#123456"]
    styles = [found[name].style for name in "acde"]
    assert len({style.color for style in styles}) == 4
    # A fifth without a style gets the first again.
    assert shown(dict.fromkeys("abcde", entries["a"]))["e"].style == styles[0]


def test_short__keeps_both_ends():
    assert short("MLP+CNN") == "MLP+CNN"
    assert short("x" * 20) == "x" * 20
    text = short("somebodys_generator_of_2027_v2")
    assert len(text) == 20
    assert text.startswith("somebodys")
    assert text.endswith("2027_v2")


def test_families__in_order_and_none_that_is_empty(generators):
    assert families(generators) == {
        "diffusion models": ["unet_mlp", "mlp_cnn"],
        "reference and other generators": ["mosaic", "theirs"],
    }
    assert list(families({"unet_mlp": generators["unet_mlp"]})) == ["diffusion models"]


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
