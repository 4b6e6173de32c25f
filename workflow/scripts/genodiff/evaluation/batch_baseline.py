"""How well the batch alone, without any genotype, predicts the class: a reference line of Table 1."""

import os

import numpy as np

from genodiff.evaluation.accuracy import score
from genodiff.formats.results import write_result
from genodiff.formats.split import read_split
from genodiff.runtime.logs import logger

# Posteriors that differ by rounding only are one number for the AUC.
_DIGITS = 12
# Between equally likely classes the one with more training individuals is predicted.
_TIE = 1e-9


def batch_probabilities(
    train_batches: np.ndarray, train_labels: np.ndarray, batches: np.ndarray, classes: int
) -> np.ndarray:
    """Class probabilities float64 (N, C) of individuals from their batches (N,), learned from training
    individuals (M,) with labels int (M,), of whom every class counts the same, as in the classifiers'
    batches.

    A batch that no training individual has leaves every class equally likely. Raises ValueError when a
    class has no training individual.
    """
    sizes = np.bincount(train_labels, minlength=classes)
    if not sizes.all():
        raise ValueError("a class has no training individual")
    names, numbers = np.unique(train_batches, return_inverse=True)
    shares = np.zeros((len(names) + 1, classes))
    np.add.at(shares, (numbers, train_labels), 1 / sizes[train_labels])
    shares[-1] = 1  # a batch that is not among them
    shares = np.round(shares / shares.sum(1, keepdims=True), _DIGITS) + _TIE * sizes / sizes.sum()
    places = np.minimum(np.searchsorted(names, batches), len(names) - 1)
    places = np.where(names[places] == batches, places, len(names))
    return shares[places] / shares[places].sum(1, keepdims=True)


def batch_baseline_job(split_path: str | os.PathLike, output: str | os.PathLike) -> None:
    """Learn from the labelled training individuals of split.tsv, score on its test individuals, write a
    result."""
    split = read_split(split_path)
    train, test = (split[split["set"] == name] for name in ("train", "test"))
    classes = sorted(set(train["label"]))
    train_y, test_y = (
        np.array([classes.index(label) for label in part["label"]]) for part in (train, test)
    )
    batches = [part["batch"].to_numpy(str) for part in (train, test)]
    probabilities = batch_probabilities(batches[0], train_y, batches[1], len(classes))
    found = score(probabilities, test_y)
    logger.info("%d batches, test %s", len(set(batches[0])), found)
    write_result(output, {"classes": len(classes), "n_train": len(train), **found})
