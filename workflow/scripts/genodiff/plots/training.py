"""Figures 3 and 4: training curves, and reconstruction error against noise."""

import os
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import NullFormatter, StrMethodFormatter

from genodiff.formats.history import read_history
from genodiff.plots.labels import Label, end_labels
from genodiff.plots.style import (
    DOUBLE,
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

# Histories of each generator, one frame per seed.
Histories = dict[str, list[pd.DataFrame]]
_ROWS = {
    "loss": "loss\n(mean squared error)",
    "reconstruction_error": "reconstruction error\n(mean |x₀ − x|)",
}
_SETS = {"train": "training individuals", "validation": "validation individuals"}
_NOISE, _LINEAR, _MIXING = "validation_error_by_noise", "linear_error_by_noise", "mixing"
# Markers of a curve: enough to tell curves apart in grey.
_MARKERS = 7


def read_histories(paths: list[str | os.PathLike], generators: Iterable[str]) -> Histories:
    """The histories at `paths`, which hold as many seeds of the first generator, then of the next,
    ..."""
    names = list(generators)
    seeds, rest = divmod(len(paths), len(names))
    if rest:
        raise ValueError(f"{len(paths)} histories are not the same number for each of {len(names)}")
    frames = [read_history(path).to_pandas() for path in paths]
    return {name: frames[i * seeds : (i + 1) * seeds] for i, name in enumerate(names)}


def training_figures(
    *, paths: list[str | os.PathLike], generators: dict[str, dict[str, Any]], figure3: list[str],
    figure4: list[str],
) -> None:  # fmt: skip
    """Draw both figures to their files from the histories at `paths` (see `read_histories`).

    `generators`: entries with title, kind and style, in order.
    """
    histories, drawn = read_histories(paths, generators), shown(generators)
    with house_style():
        save(draw_figure3(histories, drawn), figure3)
        save(draw_figure4(histories, drawn), figure4)


def smoothing_window(epochs: int) -> int:
    """Epochs of the running mean: odd, at least 3 and about a twentieth of all; 1 (none) below 20."""
    return max(3, 2 * (epochs // 40) + 1) if epochs >= 20 else 1


def smoothed(frames: list[pd.DataFrame], column: str, window: int) -> pd.DataFrame:
    """A centred running mean of `column`, index epoch, a column for each seed; the window is cut at
    the ends."""
    curves = pd.concat([frame.set_index("epoch")[column] for frame in frames], axis=1)
    # The mean would reach beyond the end of a training that ended before others.
    return curves.rolling(window, center=True, min_periods=1).mean().where(curves.notna())


def stages(epochs: int) -> dict[str, int]:
    """Row numbers of start, middle and end of a history of so many epochs; fewer for one or two."""
    found = {"start": 0, "middle": (epochs - 1) // 2, "end": epochs - 1}
    if epochs < 3:
        found.pop("middle")
    if epochs < 2:
        found.pop("end")
    return found


def draw_figure3(histories: Histories, generators: dict[str, Shown]) -> Figure:
    """Loss and reconstruction error (rows) of training and validation individuals (columns) by epoch."""
    figure = new_figure(DOUBLE, 4.4)
    axes = figure.subplots(2, 2, sharex=True, sharey="row")
    window = smoothing_window(max(len(f) for frames in histories.values() for f in frames))
    for row, (measure, label) in zip(axes, _ROWS.items(), strict=True):
        row[0].set_ylabel(label)
        for panel, individuals in zip(row, _SETS, strict=True):
            for place, (name, frames) in enumerate(histories.items()):
                curves = smoothed(frames, f"{individuals}_{measure}", window)
                _band(panel, curves.index.to_numpy(), curves, generators[name].style, place)
    for panel, title in zip(axes[0], _SETS.values(), strict=True):
        panel.set_title(title)
    mean = [f"running mean over {window} epochs"] if window > 1 else []
    _label_x(figure, "epoch", [*mean, *_seeds(histories)])
    for panel in axes[1]:
        panel.xaxis.get_major_locator().set_params(integer=True, min_n_ticks=1)
    _legend(figure, generators)
    return figure


def draw_figure4(histories: Histories, generators: dict[str, Shown]) -> Figure:
    """Reconstruction error of validation individuals over that of a linear denoiser, by noise level at
    three times; and lambda(t)."""
    mixed = [name for name, frames in histories.items() if frames[0][_MIXING].notna().any()]
    times = list(stages(min(len(f) for frames in histories.values() for f in frames)))
    count = len(times) + len(mixed[:1])
    figure = new_figure(min(DOUBLE, 1 + 1.6 * count), 2.9)
    axes = figure.subplots(1, count, squeeze=False)[0]
    for panel, time in zip(axes, times, strict=False):
        panel.sharey(axes[0])
        panel.tick_params(which="both", labelleft=panel is axes[0])
        for place, (name, frames) in enumerate(histories.items()):
            curves = _lists(frames, _NOISE, time) / _lists(frames, _LINEAR, time)
            middles = (np.arange(len(curves)) + 0.5) / len(curves)
            _band(panel, middles, curves, generators[name].style, place)
        grey_line(panel, "h", 1)
        panel.set_title(f"{time} (epoch {_epochs(histories, time)})")
        _noise_axis(panel)
    axes[0].set_yscale("log")
    low, high = axes[0].get_ylim()
    axes[0].yaxis.set_major_formatter(StrMethodFormatter("{x:.4g}"))
    # Without a power of ten in sight, the ticks between have the numbers.
    axes[0].yaxis.set_minor_formatter(
        StrMethodFormatter("{x:.4g}") if high < 10 * low else NullFormatter()
    )
    axes[0].set_ylabel("reconstruction error\nover that of a linear denoiser")
    _label_x(figure, "noise level t/T", _seeds(histories))
    _legend(figure, generators)
    for name in mixed[:1]:
        axes[-1].set_title(f"mixing in {generators[name].title}")
        _draw_mixing(axes[-1], histories[name], times, generators[name].style)
    return figure


def _draw_mixing(panel: Axes, frames: list[pd.DataFrame], times: list[str], style: Style) -> None:
    """lambda by noise level; later is darker."""
    ends = []
    looks = {"start": (0.35, (1, 1)), "middle": (0.65, (4, 1.5)), "end": (1, ())}
    for time in times:
        shade, dashes = looks[time]
        curves = _lists(frames, _MIXING, time)
        levels = np.arange(1, len(curves) + 1) / len(curves)
        own = Style(_lighter(style.color, shade), "", dashes)
        _band(panel, levels, curves, own)
        ends.append(Label(1, float(curves.mean(axis=1).iloc[-1]), time, own))
    panel.set_ylim(-0.03, 1.03)
    panel.set_ylabel("λ(t), share of the CNN")
    _noise_axis(panel)
    end_labels(panel, ends)


def _noise_axis(panel: Axes) -> None:
    panel.set_xlim(0, 1)
    panel.set_xticks([0, 0.5, 1], ["0", "0.5", "1"])


def _label_x(figure: Figure, text: str, notes: list[str]) -> None:
    """One label under all panels, which says how the curves were made."""
    figure.supxlabel(f"{text} ({', '.join(notes)})" if notes else text, fontsize=8)


def _seeds(histories: Histories) -> list[str]:
    count = max(len(frames) for frames in histories.values())
    return [f"mean and range of {count} seeds"] if count > 1 else []


def _at(frame: pd.DataFrame, column: str, time: str) -> Any:
    """The value of a history at start, middle or end of its own epochs."""
    return frame[column].iloc[stages(len(frame))[time]]


def _epochs(histories: Histories, time: str) -> str:
    """The epoch at a time, or the first and last one of trainings of different lengths."""
    found = sorted({int(_at(f, "epoch", time)) for frames in histories.values() for f in frames})
    return f"{found[0]}" if len(found) == 1 else f"{found[0]} to {found[-1]}"


def _lists(frames: list[pd.DataFrame], column: str, time: str) -> pd.DataFrame:
    """The list in `column` of each history at a time: a row for each element, a column for each
    seed."""
    lists = {i: pd.Series(_at(f, column, time), dtype=float) for i, f in enumerate(frames)}
    return pd.DataFrame(lists)


def _band(axes: Axes, x: np.ndarray, curves: pd.DataFrame, style: Style, place: int = 0) -> None:
    """The mean over columns (seeds) as a line, and the range from the least to the largest as a band.

    `place` moves the markers, so that of two curves that cover each other both are seen.
    """
    every = max(1, len(x) // _MARKERS)
    axes.plot(x, curves.mean(axis=1), markevery=(place % every, every), **style.line())
    if curves.shape[1] > 1:
        low, high = curves.min(axis=1), curves.max(axis=1)
        axes.fill_between(x, low, high, color=style.color, alpha=0.18, linewidth=0)


def _lighter(color: str, strength: float) -> str:
    """A colour mixed with white; strength 1 leaves it as it is."""
    return to_hex(1 - strength * (1 - np.array(to_rgb(color))))


def _legend(figure: Figure, generators: dict[str, Shown]) -> None:
    lines = [Line2D([], [], label=short(g.title), **g.style.line()) for g in generators.values()]
    legend_above(figure, lines, 5)
