"""Classifiers where only a share of the training individuals has labels: trained on these, on all
individuals with labels that self-training guessed, and on synthetic individuals of a generator that was
fitted to all individuals, alone and with the labelled ones."""

import os

from genodiff.generators.dataset import REAL, SELF_TRAINING, parse_joined
from genodiff.tables.write import SCORE, write_long

COLUMNS = ["training", "generator", "classifier", "seed", "share", "labels", *SCORE]
# What classifiers are trained on.
TRAINING = LABELLED, GUESSED, SYNTHETIC, BOTH = "labelled", "self_training", "synthetic", "both"


def write_few_labels(results: list[dict], path: str | os.PathLike) -> None:
    """Write one row for each kind of training, generator (NA: none), classifier, seed and share of the
    labels (a fraction); `labels`: the number of labelled individuals, `n_train`: of all that the
    classifier was trained on."""
    labels = {
        (r["classifier"], r["seed"], r["share"]): r["n_train"]
        for r in results
        if _training(r["dataset"]) == LABELLED
    }
    rows = []
    for result in results:
        training = _training(result["dataset"])
        made = result["generator"] if training in (SYNTHETIC, BOTH) else None
        count = labels[result["classifier"], result["seed"], result["share"]]
        rows.append(result | {"training": training, "generator": made, "labels": count})
    write_long(path, rows, COLUMNS)


def _training(key: str) -> str:
    names = [part.generator for part in parse_joined(key)]
    if len(names) > 1:
        return BOTH
    return {REAL: LABELLED, SELF_TRAINING: GUESSED}.get(names[0], SYNTHETIC)
