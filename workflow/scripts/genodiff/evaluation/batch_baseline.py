"""Prediction of the class from the batch alone, without genotypes: a reference line of Table 1."""

import os

import numpy as np
import pandas as pd

from genodiff.evaluation.accuracy import score
from genodiff.formats.results import write_result
from genodiff.formats.split import read_split
from genodiff.runtime.logs import logger

# Posteriors are rounded to these digits, so that rounding errors do not affect the AUC.
_DIGITS = 12
# Among equally likely classes the one with more training individuals is predicted.
_TIE = 1e-9


def batch_probabilities(
    train_batches: np.ndarray, train_labels: np.ndarray, batches: np.ndarray, classes: int
) -> np.ndarray:
    """Class probabilities float64 (N, C) of individuals in `batches` (N,): posteriors with equal priors
    of the classes, from training individuals (M,) with labels int (M,).

    In a batch without training individuals all classes are equally likely. Raises ValueError if a class
    has no training individual.
    """
    sizes = np.bincount(train_labels, minlength=classes)
    if not sizes.all():
        raise ValueError("a class has no training individual")
    shares = pd.crosstab(train_batches, train_labels, normalize="columns")
    posteriors = shares.div(shares.sum(axis=1), axis=0).reindex(batches, fill_value=1 / classes)
    posteriors = posteriors.to_numpy().round(_DIGITS) + _TIE * sizes / sizes.sum()
    return posteriors / posteriors.sum(1, keepdims=True)


def batch_baseline_job(split_path: str | os.PathLike, output: str | os.PathLike) -> None:
    """Train on the labelled training individuals of split.tsv and write the score on its test
    individuals."""
    split = read_split(split_path)
    train, test = (split[split["set"] == name] for name in ("train", "test"))
    classes = sorted(set(train["label"]))
    train_y, test_y = (
        np.array([classes.index(label) for label in part["label"]]) for part in (train, test)
    )
    train_batches, test_batches = (part["batch"].to_numpy(str) for part in (train, test))
    probabilities = batch_probabilities(train_batches, train_y, test_batches, len(classes))
    scores = score(probabilities, test_y)
    logger.info("%d batches, test %s", len(set(train_batches)), scores)
    write_result(output, {"classes": len(classes), "n_train": len(train), **scores})
