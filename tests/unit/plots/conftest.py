"""Histories, tables and individuals as the workflow leaves them, small and made up."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from matplotlib.collections import PolyCollection

from genodiff.formats.history import HISTORY_SCHEMA
from genodiff.formats.tensors import GeneFeatures, Individuals, Layout, write_individuals
from genodiff.generators import KINDS
from genodiff.networks.backbones import BACKBONES
from genodiff.plots.style import house_style, shown


@pytest.fixture
def entries():
    """Generators as rules hand them over: built-in ones with their styles, and one from outside."""
    own = {"diffusion": ("unet_mlp", "mlp_cnn"), "mosaic": ("mosaic",)}
    found = {
        name: {"title": entry.title, "kind": kind, "style": entry.style}
        for kind, names in own.items()
        for name, entry in (BACKBONES | KINDS).items()
        if name in names
    }
    return found | {
        "theirs": {"title": "a generator of somebody else", "kind": "external", "style": None}
    }


@pytest.fixture
def generators(entries):
    """The same as figures take them."""
    return shown(entries)


@pytest.fixture
def look():
    """Draw in the house style."""
    with house_style():
        yield


@pytest.fixture
def write_history(tmp_path):
    """Function: write a history of so many epochs, whose numbers `shift` moves, and return its path."""

    def write(name, epochs=24, shift=0.0, mixing=False):
        rows = [
            {
                "epoch": epoch,
                "individuals_seen": 10 * epoch,
                "learning_rate": 1e-4,
                "train_loss": shift + 1 / epoch,
                "validation_loss": shift + 2 / epoch,
                "train_reconstruction_error": shift + 3 / epoch,
                "validation_reconstruction_error": shift + 4 / epoch,
                "validation_error_by_noise": [shift + 0.1 * epoch, None, shift + 0.3 * epoch, 9.0],
                "linear_error_by_noise": [2.0, None, 2.0, 3.0],
                "mixing": [epoch / 100, 0.5] if mixing else None,
            }
            for epoch in range(1, epochs + 1)
        ]
        path = tmp_path / f"{name}.parquet"
        pq.write_table(pa.Table.from_pylist(rows, HISTORY_SCHEMA), path)
        return path

    return write


@pytest.fixture
def layout(tmp_path):
    """Path of a layout of two classes: three unmasked features of four."""
    genes = [GeneFeatures("a", "1", 9, [0.0, 0.0], [1.0, 1.0]), GeneFeatures("b", "1", 3, [0.0], [1.0])]
    path = tmp_path / "layout.json"
    Layout(genes, 2, 2, ["case", "control"]).write(path)
    return path


@pytest.fixture
def write_dataset(tmp_path, layout):
    """Function: write a tensor file of individuals whose first feature is their number, and return its
    path."""

    def write(name, count):
        rng = np.random.default_rng(len(name))
        x = rng.normal(size=(count, 2, 2)).astype(np.float32)
        x[:, 0, 0] = np.arange(count)
        x[:, 1, 1] = 0
        individuals = Individuals([f"SECRET_{name}_{i}" for i in range(count)], ["case"] * count, x)
        path = tmp_path / f"{name}.parquet"
        write_individuals(path, Layout.read(layout), [individuals])
        return path

    return write


@pytest.fixture
def scores():
    """Function: rows with accuracy, limits and standard error, for pairs of keys and accuracy."""

    def make(rows):
        return pd.DataFrame(
            [
                keys | {"accuracy": a, "wilson_low": a - 0.05, "wilson_high": a + 0.04, "se": 0.02}
                for keys, a in rows
            ]
        )

    return make


@pytest.fixture
def texts():
    """Function: all texts of a figure that are not empty."""

    def find(figure):
        return [t.get_text() for t in figure.findobj(lambda a: hasattr(a, "get_text")) if t.get_text()]

    return find


@pytest.fixture
def bands():
    """Function: least and largest height of each filled band of axes."""

    def find(axes):
        filled = [c for c in axes.collections if isinstance(c, PolyCollection)]
        return [
            (c.get_paths()[0].vertices[:, 1].min(), c.get_paths()[0].vertices[:, 1].max())
            for c in filled
        ]

    return find
