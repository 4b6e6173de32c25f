"""A tiny cohort in files."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from genodiff.formats.tensors import (
    GeneFeatures,
    Individuals,
    Layout,
    unpack,
    write_individuals,
)


@dataclass
class CohortFiles:
    """Tensor files of a tiny cohort, and what was written into them."""

    folder: Path
    layout: Layout
    layout_path: str
    train_path: str
    train_x_path: str
    validation_path: str
    validation_x_path: str
    train: Individuals


def _individuals(layout: Layout, labels: list, prefix: str, rng) -> Individuals:
    x = rng.normal(size=(len(labels), layout.padded_genes, layout.components)).astype(np.float32)
    return Individuals([f"{prefix}{i}" for i in range(len(labels))], labels, x * layout.mask())


@pytest.fixture
def cohort_files(tmp_path, write_cohort):
    """The files of `write_cohort` in a folder of this test."""
    return write_cohort(tmp_path)


@pytest.fixture(scope="session")
def write_cohort():
    """Function: write files of seven training individuals of two classes, two of them unlabelled, and
    four for validation to a folder."""
    return _write_cohort


def _write_cohort(folder: Path) -> CohortFiles:
    counts = [3, 1, 2]
    genes = [GeneFeatures(f"G{i}", "1", 9, [0.0] * k, [1.0] * k) for i, k in enumerate(counts)]
    layout, rng = Layout(genes, 4, 3, ["case", "control"]), np.random.default_rng(3)
    individuals = {
        "train": _individuals(
            layout, ["case", None, "control", "case", "case", None, "control"], "REAL-", rng
        ),
        "validation": _individuals(layout, ["case", "control", "control", "case"], "HELD-", rng),
    }
    layout.write(folder / "layout.json")
    for name, block in individuals.items():
        write_individuals(folder / f"{name}.parquet", layout, [block])
        unpack(folder / f"{name}.parquet", layout, folder / f"{name}.npy")
    names = "layout.json", "train.parquet", "train.npy", "validation.parquet", "validation.npy"
    paths = [str(folder / name) for name in names]
    return CohortFiles(folder, layout, *paths, individuals["train"])
