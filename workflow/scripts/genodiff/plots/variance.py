"""Share of the variance of each gene that its principal components keep."""

import os
from collections.abc import Iterable

import numpy as np
from matplotlib.figure import Figure

from genodiff.formats.gene_pca import VARIANCE_FIELDS, read_models, variance_kept
from genodiff.plots.style import INK, SINGLE, grey_line, house_style, new_figure, save

# Percent: the paper states that compression loses less than 1%.
CLAIM = 99.0
_COLOR = "#2B8CC4"
# About so many bins, one of whose edges is the claim.
_BINS = 40


def variance_figure(models: Iterable[str | os.PathLike], outputs: Iterable[str]) -> None:
    """Draw the genes of all chromosomes' models.parquet to `outputs`."""
    genes = [gene for path in models for gene in read_models(path, VARIANCE_FIELDS)]
    with house_style():
        save(draw_variance(variance_kept(genes)), outputs)


def draw_variance(kept: np.ndarray) -> Figure:
    """Histogram of percentages (G,), with the paper's claim as a line."""
    kept = kept[~np.isnan(kept)]
    figure = new_figure(SINGLE, 2.4)
    axes = figure.subplots()
    low = np.floor(kept.min(initial=98))
    bins = int(100 - low) * max(1, round(_BINS / (100 - low)))
    axes.hist(kept, np.linspace(low, 100, bins + 1), color=_COLOR)
    grey_line(axes, "v", CLAIM, color=INK, linestyle=(0, (4, 2)), zorder=3)
    axes.set_xlim(low, 100)
    axes.yaxis.get_major_locator().set_params(integer=True)
    axes.set_xlabel("variance kept by the principal components (%)")
    axes.set_ylabel("genes")
    share = f"{100 * (kept >= CLAIM).mean():.1f}%" if len(kept) else "none"
    axes.set_title(
        f"{share} of {len(kept):,} genes keep {CLAIM:g}% or more\n(dashed: the paper's claim for all)",
        loc="left",
    )
    return figure
