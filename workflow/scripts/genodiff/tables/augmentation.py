"""Classifiers trained on a share of the real individuals, alone and with synthetic individuals of a
generator that was trained on the same share."""

import os

from genodiff.generators.dataset import REAL
from genodiff.tables.write import SCORE, write_long

COLUMNS = [
    "generator", "classifier", "seed", "share", "real_individuals", "synthetic_individuals", *SCORE[1:],
]  # fmt: skip


def write_augmentation(results: list[dict], path: str | os.PathLike) -> None:
    """Write one row for each generator (NA: real individuals alone), classifier, seed and share (a
    fraction)."""
    real = {
        (r["classifier"], r["seed"], r["share"]): r["n_train"] for r in results if r["generator"] == REAL
    }
    rows = []
    for result in results:
        individuals = real[result["classifier"], result["seed"], result["share"]]
        counts = {
            "real_individuals": individuals,
            "synthetic_individuals": result["n_train"] - individuals,
            "generator": None if result["generator"] == REAL else result["generator"],
        }
        rows.append(result | counts)
    write_long(path, rows, COLUMNS)
