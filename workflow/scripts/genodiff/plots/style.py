"""One look for all figures: fonts, lines, a style for each generator, and files that do not vary.

Colours of the built-in generators are those of Okabe and Ito or darker ones of the same hues, which
colour-blind readers can tell apart. Datasets differ in marker and dashes too, so that the figures
can be read in grey.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from genodiff.formats.common import whole_file
from genodiff.generators import NETWORKS

# Inches: one and two columns of a journal.
SINGLE, DOUBLE = 3.4, 7.0
DPI = 300
INK, GREY, PALE, BAND = "#222222", "#6B6B6B", "#C4C4C4", "#E4E4E4"
_LONGEST_TITLE = 20
_LEGEND_COLUMN = 1.35  # inches
_RC: dict[str, Any] = {
    # A font that comes with matplotlib, drawn as paths: the same picture on every machine.
    "font.family": "DejaVu Sans",
    "svg.fonttype": "path",
    "svg.hashsalt": "genodiff",
    "font.size": 8,
    "axes.titlesize": 8,
    "axes.labelsize": 8,
    "xtick.labelsize": 7.5,
    "ytick.labelsize": 7.5,
    "legend.fontsize": 7.5,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": GREY,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "axes.linewidth": 0.6,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "xtick.minor.size": 0,
    "ytick.minor.size": 0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlelocation": "left",
    "axes.axisbelow": True,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "grid.color": "#E8E8E8",
    "grid.linewidth": 0.6,
    "lines.linewidth": 1.2,
    "lines.markersize": 4,
    "lines.markeredgewidth": 0.9,
    "legend.frameon": False,
    "legend.handlelength": 3.2,
    "figure.constrained_layout.use": True,
}


@dataclass(frozen=True)
class Style:
    """How a dataset is drawn."""

    color: str
    marker: str
    dashes: Sequence[float]  # on, off, ... in line widths; empty for a solid line
    filled: bool = True  # its markers

    def line(self) -> dict[str, Any]:
        """Keyword arguments of `Axes.plot` for a line with markers."""
        return self.points() | {"linestyle": (0, tuple(self.dashes)) if self.dashes else "-"}

    def points(self) -> dict[str, Any]:
        """The same for markers without a line."""
        face = self.color if self.filled else "white"
        return {
            "color": self.color, "marker": self.marker, "markerfacecolor": face, "linestyle": "none",
        }  # fmt: skip


# Generators whose entry has no style get these in their order.
_PALETTE = [
    Style("#8A5A44", "<", (6, 1, 2, 1)),
    Style("#5566DD", ">", (3, 3)),
    Style("#6CC5B7", "h", (1, 2.5)),
    Style("#A50F15", "d", (10, 2)),
]


@dataclass(frozen=True)
class Shown:
    """A generator as figures show it."""

    title: str
    kind: str  # of the generator
    style: Style


def shown(generators: dict[str, dict[str, Any]]) -> dict[str, Shown]:
    """Generators by name, in order, from their entries' title, kind and style.

    More generators without a style than the palette has use its last styles again.
    """
    unstyled = [name for name, entry in generators.items() if not entry["style"]]
    palette = {name: _PALETTE[i % len(_PALETTE)] for i, name in enumerate(unstyled)}
    found = {}
    for name, entry in generators.items():
        own = {key: value for key, value in (entry["style"] or {}).items() if value is not None}
        style = replace(palette.get(name, _PALETTE[0]), **own)
        found[name] = Shown(entry["title"], entry["kind"], style)
    return found


def families(generators: dict[str, Shown]) -> dict[str, list[str]]:
    """Names of generators by the title of their panel, in order; a title without any is left out."""
    diffusion = [name for name, entry in generators.items() if entry.kind in NETWORKS]
    others = [name for name in generators if name not in diffusion]
    both = {"diffusion models": diffusion, "reference and other generators": others}
    return {title: members for title, members in both.items() if members}


def short(title: str) -> str:
    """A title for a label; a long one loses its middle, so that beginning and end still tell."""
    if len(title) <= _LONGEST_TITLE:
        return title
    half = _LONGEST_TITLE // 2
    return f"{title[:half]}…{title[1 - half :]}"


@contextmanager
def house_style() -> Iterator[None]:
    """Draw and save in this look, independent of the user's matplotlibrc."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_RC)
        yield


def new_figure(width: float, height: float) -> Figure:
    """An empty figure (inches) with a renderer, so that texts have sizes; call inside `house_style`."""
    figure = Figure(figsize=(width, height))
    FigureCanvasAgg(figure)
    return figure


def legend_above(figure: Figure, handles: list[Line2D], most_columns: int, **look: Any) -> None:
    """A legend over all axes that covers nothing; the layout makes room for it."""
    columns = min(len(handles), most_columns, max(1, int(figure.get_figwidth() / _LEGEND_COLUMN)))
    figure.legend(handles=handles, loc="outside upper center", ncols=columns, columnspacing=1.4, **look)


def grey_line(axes: Axes, direction: str, at: float, **look: Any) -> Line2D:
    """A thin reference line behind the data; `direction` is "h" or "v"."""
    draw = axes.axhline if direction == "h" else axes.axvline
    return draw(at, **{"color": GREY, "linewidth": 0.8, "zorder": 1} | look)


def save(figure: Figure, paths: Iterable[str | os.PathLike]) -> None:
    """Write the figure to each path in the format of its suffix; equal figures give equal bytes."""
    for path in paths:
        kind = Path(path).suffix[1:]
        metadata = {"Date": None} if kind == "svg" else {}
        with whole_file(path) as temporary:
            figure.savefig(temporary, format=kind, dpi=DPI, metadata=metadata)
