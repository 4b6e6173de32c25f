"""The figures of genetic fidelity: what `evaluation.fidelity` leaves for figures, the null first."""

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter

from genodiff.formats.results import read_results
from genodiff.generators.dataset import NULL
from genodiff.plots.style import (
    DOUBLE,
    GREY,
    INK,
    PALE,
    Shown,
    Style,
    grey_line,
    house_style,
    legend_above,
    new_figure,
    save,
    short,
    shown,
)

NULL_TITLE = "null: test individuals"
_MOST_COLUMNS = 3
_REAL = Style(INK, "", ())
NULL_SHOWN = Shown(NULL_TITLE, NULL, Style("#4A4A4A", "x", (2, 1.5)))
# Genome-wide significance.
_SIGNIFICANT = 5e-8

# Curves of a dataset: those of all metrics by name.
Curves = dict[str, dict[str, Any]]
# Draws the curves of one dataset into its panel.
Painter = Callable[[Axes, Any, Shown], None]


def fidelity_figures(
    *, results: list[str], generators: dict[str, dict[str, Any]], outputs: Iterable[str],
    real_individuals: bool,
) -> None:  # fmt: skip
    """Draw results of `fidelity_job` (paths) to `outputs`, whose stems are names in FIGURES.

    `generators`: entries with title, kind and style by key of the dataset, in order;
    `real_individuals`: whether figures may show points of single real individuals.
    """
    found = {row["dataset"]: row["curves"] for row in read_results(results)}
    entries = {NULL: NULL_SHOWN} | {k: v for k, v in shown(generators).items() if k in found}
    by_name: dict[str, list[str]] = {}
    for path in map(os.fspath, outputs):
        by_name.setdefault(Path(path).stem, []).append(path)
    with house_style():
        for name, paths in by_name.items():
            save(FIGURES[name](found, entries, real_individuals), paths)


def _panels(
    curves: dict[str, Curves], entries: dict[str, Shown], metric: str, paint: Painter,
    aspect: float, columns: int = _MOST_COLUMNS,
) -> Figure:  # fmt: skip
    """Small multiples: a panel for each dataset, the null first; `aspect`: height over width. A dataset
    without the curves has an empty panel."""
    columns = min(columns, len(entries))
    rows = -(-len(entries) // columns)
    width = min(DOUBLE, 2.3 * columns + 0.5) if columns > 2 or aspect < 0.8 else 2.3 * columns + 0.5
    figure = new_figure(width, 0.6 + rows * (width / columns * aspect + 0.15))
    axes = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True).ravel()
    for panel, (key, entry) in zip(axes, entries.items(), strict=False):
        # As pixels in the SVG: thousands of paths would make it huge.
        panel.set_rasterization_zorder(2)
        panel.set_title(short(entry.title) if key != NULL else entry.title)
        own = curves[key].get(metric)
        if own:
            paint(panel, own, entry)
        else:
            panel.text(0.5, 0.5, "cannot be judged", transform=panel.transAxes, ha="center")
    for place, panel in enumerate(axes):
        panel.tick_params(labelbottom=place + columns >= len(entries))
        if place >= len(entries):
            panel.set_axis_off()
    return figure


def _scatter(panel: Axes, x: np.ndarray, y: np.ndarray, color: str, size: float = 3) -> None:
    panel.scatter(x, y, s=size, facecolors=color, linewidths=0, alpha=0.6, zorder=1.5)


def _diagonal(panel: Axes) -> None:
    panel.axline((0, 0), slope=1, color=INK, linewidth=0.6, zorder=1)
    panel.grid(True, axis="both")


def _note(panel: Axes, text: str) -> None:
    panel.text(
        0.03, 0.97, text, transform=panel.transAxes, va="top", fontsize=7,
        bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.7, "pad": 1}, zorder=5,
    )  # fmt: skip


def _correlation(x: np.ndarray, y: np.ndarray) -> str:
    if len(x) < 3 or not x.std() or not y.std():
        return "r: NA"
    return f"r = {np.corrcoef(x, y)[0, 1]:.3f}"


def draw_frequency(curves: dict[str, Curves], entries: dict[str, Shown], real: bool) -> Figure:
    """ALT frequency of SNPs in equally many individuals of each dataset against training individuals."""

    def paint(panel: Axes, own: dict[str, Any], entry: Shown) -> None:
        x, y = np.array(own["points"], float).T
        _diagonal(panel)
        _scatter(panel, x, y, entry.style.color)
        _note(panel, _correlation(x, y))
        panel.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))

    figure = _panels(curves, entries, "frequency", paint, 1)
    figure.supxlabel("frequency of ALT in training individuals", fontsize=8)
    figure.supylabel("frequency in as many individuals of each dataset", fontsize=8)
    return figure


def draw_effect(curves: dict[str, Curves], entries: dict[str, Shown], real: bool) -> Figure:
    """Effect of SNPs in equally many individuals of each dataset against training individuals."""
    limit = 0.0

    def paint(panel: Axes, own: dict[str, Any], entry: Shown) -> None:
        nonlocal limit
        points = np.array([point[4:] for point in own["points"]], float).reshape(-1, 2)
        x, y = points[np.isfinite(points).all(1)].T
        _diagonal(panel)
        _scatter(panel, x, y, entry.style.color)
        _note(panel, _correlation(x, y))
        if len(x):
            limit = max(limit, np.quantile(np.abs([x, y]), 0.999))

    figure = _panels(curves, entries, "association", paint, 1)
    if limit:
        for panel in figure.axes:
            panel.set(xlim=(-1.05 * limit, 1.05 * limit), ylim=(-1.05 * limit, 1.05 * limit))
    figure.supxlabel(f"effect of an ALT allele on {_case(curves)}, training individuals", fontsize=8)
    figure.supylabel("effect in as many individuals of each dataset", fontsize=8)
    return figure


def _case(curves: dict[str, Curves]) -> str:
    return f"class {curves[NULL]['association']['case']!r}"


def draw_manhattan(curves: dict[str, Curves], entries: dict[str, Shown], real: bool) -> Figure:
    """Association in all training individuals (above) and in all individuals of each dataset (below)."""
    tops = [
        np.array([p[2:4] for p in own["association"]["points"]], float).max(initial=1)
        for own in curves.values()
        if "association" in own
    ]
    top = max([*tops, -np.log10(_SIGNIFICANT)]) * 1.05

    def paint(panel: Axes, own: dict[str, Any], entry: Shown) -> None:
        points = np.array([point[:4] for point in own["points"]], float).reshape(-1, 4)
        place, middles = _places(points[:, 0], points[:, 1])
        odd = points[:, 0] % 2 == 1
        for side, color in ((2, INK), (3, entry.style.color)):
            height = points[:, side] * (1 if side == 2 else -1)
            for part, alpha in ((~odd, 0.9), (odd, 0.45)):
                panel.scatter(
                    place[part], height[part], s=4, facecolors=color, linewidths=0, alpha=alpha,
                    zorder=1.5,
                )  # fmt: skip
        grey_line(panel, "h", 0, color=INK)
        for sign in (1, -1):
            grey_line(panel, "h", -sign * np.log10(_SIGNIFICANT), linestyle=(0, (4, 2)))
        every = max(1, len(middles) // 6)
        names = [own["chromosomes"][int(number)] for number in middles]
        panel.set_xticks(list(middles.values())[::every], names[::every])
        panel.set_ylim(-top, top)
        _note(panel, f"above: {own['individuals'][0]:,} training individuals")
        panel.text(
            0.03, 0.03, f"below: {own['individuals'][1]:,}", transform=panel.transAxes, fontsize=7
        )
        panel.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{abs(value):g}"))

    figure = _panels(curves, entries, "association", paint, 0.6, 2 if len(entries) < 5 else 3)
    figure.supxlabel("chromosome", fontsize=8)
    figure.supylabel(f"−log₁₀ p of the association with {_case(curves)}", fontsize=8)
    return figure


def _places(chromosome: np.ndarray, position: np.ndarray) -> tuple[np.ndarray, dict[float, float]]:
    """Places of SNPs on one axis, (V,), with chromosomes beside each other; the middle of each."""
    place, middles, start = np.zeros(len(position)), {}, 0.0
    for number in np.unique(chromosome):
        own = chromosome == number
        low, length = position[own].min(), np.ptp(position[own])
        place[own] = start + position[own] - low
        middles[number] = start + length / 2
        start += max(length, 1) * 1.02 + 1
    return place, middles


def draw_pca(curves: dict[str, Curves], entries: dict[str, Shown], real: bool) -> Figure:
    """Individuals on the first two principal components of training individuals; with `real`, other
    training individuals behind those of each dataset, and the panel of the null."""

    def paint(panel: Axes, own: dict[str, Any], entry: Shown) -> None:
        panel.grid(True, axis="both")
        if real:
            _scatter(panel, *np.array(own["train"]).T, PALE, 5)
        if real or entry is not entries[NULL]:
            _scatter(panel, *np.array(own["candidate"]).T, entry.style.color, 4)

    figure = _panels(curves, entries, "structure", paint, 1)
    figure.supxlabel("principal component 1 (standard deviations)", fontsize=8)
    figure.supylabel("principal component 2", fontsize=8)
    if real:
        dots = {"training individuals (behind)": PALE, "as many of each dataset (in colour)": GREY}
        handles = [Line2D([], [], label=t, **Style(c, "o", ()).points()) for t, c in dots.items()]
        legend_above(figure, handles, 2, handlelength=1)
    return figure


def draw_ld(curves: dict[str, Curves], entries: dict[str, Shown], real: bool) -> Figure:
    """Mean r2 by distance of pairs of SNPs within and between genes: training individuals, the null and
    each dataset."""
    kinds = list(curves[NULL]["ld"])
    figure = new_figure(DOUBLE, 3.2)
    axes = figure.subplots(1, len(kinds), sharey=True, squeeze=False)[0]
    handles = [Line2D([], [], label="training individuals", linewidth=2.5, color=INK, alpha=0.5)]
    for panel, kind in zip(axes, kinds, strict=True):
        points = np.array(curves[NULL]["ld"][kind], float).reshape(-1, 4)
        if len(points):
            panel.plot(points[:, 0] / 1000, points[:, 1], linewidth=2.5, color=INK, alpha=0.5)
        for key, entry in entries.items():
            _decay(panel, np.array(curves[key]["ld"][kind], float).reshape(-1, 4), entry.style)
        panel.set(xscale="log", title=f"pairs {kind}", xlabel="distance at most (kb)")
        panel.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        panel.minorticks_off()
    axes[0].set_ylabel("mean r²")
    axes[0].set_ylim(bottom=0)
    handles += [Line2D([], [], label=short(e.title), **e.style.line()) for e in entries.values()]
    handles[1].set_label(NULL_TITLE)
    legend_above(figure, handles, 4)
    return figure


def _decay(panel: Axes, points: np.ndarray, style: Style) -> None:
    if len(points):
        limit, _, mean, error = points.T
        panel.errorbar(
            limit / 1000, mean, np.nan_to_num(error.astype(float)), elinewidth=0.7, **style.line()
        )


FIGURES = {
    "fidelity_frequency": draw_frequency,
    "fidelity_ld": draw_ld,
    "fidelity_pca": draw_pca,
    "fidelity_manhattan": draw_manhattan,
    "fidelity_effect": draw_effect,
}
