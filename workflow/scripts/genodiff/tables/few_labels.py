"""Classifiers where only a share of the training individuals has labels: trained on these, on all
individuals with labels that self-training guessed, and on synthetic individuals of a generator that was
fitted to all individuals, alone and with the labelled ones."""

import os

from genodiff.generators.dataset import REAL, SELF_TRAINING, parse_joined
from genodiff.tables.differences import DIFFERENCE, differences
from genodiff.tables.write import SCORE, write_long

_KEYS = ["training", "generator", "classifier"]
COLUMNS = [*_KEYS, "seed", "share", "labels", *SCORE]
DIFFERENCE_COLUMNS = [*_KEYS, "share", "labels", "against", *DIFFERENCE]
# What classifiers are trained on.
TRAINING = LABELLED, GUESSED, SYNTHETIC, BOTH = "labelled", "self_training", "synthetic", "both"
# Those with which the others are compared.
_BASES = LABELLED, GUESSED


def write_few_labels(results: list[dict], path: str | os.PathLike) -> None:
    """Write one row for each kind of training, generator (NA: none), classifier, seed and share of the
    labels (a fraction); `labels`: the number of labelled individuals, `n_train`: of all that the
    classifier was trained on."""
    rows = [result | own for result, own in zip(results, _facts(results), strict=True)]
    write_long(path, rows, COLUMNS)


def write_differences(results: list[dict], path: str | os.PathLike) -> None:
    """Write the paired difference of accuracies (fractions) to classifiers of the same share of the
    labels that are trained `against` labelled individuals alone, or all with guessed labels."""
    facts = {
        result["dataset"]: own | {"share": result["share"]}
        for result, own in zip(results, _facts(results), strict=True)
    }
    pairs = [
        (dataset, other)
        for dataset, own in facts.items()
        for other, base in facts.items()
        if base["training"] in _BASES
        and base["share"] == own["share"]
        and TRAINING.index(own["training"]) > TRAINING.index(base["training"])
    ]
    rows = [
        row | facts[row["dataset"]] | {"against": facts[row["against"]]["training"]}
        for row in differences(results, pairs)
    ]
    write_long(path, rows, DIFFERENCE_COLUMNS)


def _facts(results: list[dict]) -> list[dict]:
    """For each result training, generator and labels."""
    labels = {
        (r["classifier"], r["seed"], r["share"]): r["n_train"]
        for r in results
        if _training(r["dataset"]) == LABELLED
    }
    facts = []
    for result in results:
        training = _training(result["dataset"])
        made = result["generator"] if training in (SYNTHETIC, BOTH) else None
        count = labels[result["classifier"], result["seed"], result["share"]]
        facts.append({"training": training, "generator": made, "labels": count})
    return facts


def _training(key: str) -> str:
    names = [part.generator for part in parse_joined(key)]
    if len(names) > 1:
        return BOTH
    return {REAL: LABELLED, SELF_TRAINING: GUESSED}.get(names[0], SYNTHETIC)
