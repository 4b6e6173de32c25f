"""Labels of unlabelled individuals that are guessed from the others by self-training (Yarowsky 1995)."""

import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.semi_supervised import SelfTrainingClassifier

from genodiff.formats.tensors import Individuals, Layout, read_individuals, write_individuals
from genodiff.runtime.logs import logger

# Probability of a guess above which it is taken for a label, as by default in scikit-learn.
_SURE = 0.75
_NONE = -1  # scikit-learn's label of unlabelled individuals


def guess_labels(*, layout_path: str, train_path: str, output: str) -> None:
    """Write the individuals with guessed labels beside their own: a logistic regression on standardised
    features labels those of whom it is sure, and is fitted again with them, until it is sure of nobody
    else, who stay unlabelled."""
    layout = Layout.read(layout_path)
    own = read_individuals(train_path, layout)
    numbers = layout.class_numbers(own.labels)
    labelled = numbers < len(layout.classes)
    found = guessed(own.x[:, layout.mask()], np.where(labelled, numbers, _NONE))
    names = [None if number == _NONE else layout.classes[number] for number in found]
    write_individuals(output, layout, [Individuals(own.samples, names, own.x)])
    logger.info(
        "%d individuals have labels; %d of the %d others got one", labelled.sum(),
        (found != _NONE).sum() - labelled.sum(), (~labelled).sum(),
    )  # fmt: skip


def guessed(x: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    """Class numbers int64 (N,) with those that are guessed in place of -1, from features float32 (N,
    D)."""
    if not (numbers == _NONE).any():
        return numbers
    rule = make_pipeline(StandardScaler(), LogisticRegression(class_weight="balanced", max_iter=1000))
    model = SelfTrainingClassifier(rule, threshold=_SURE, max_iter=None)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit(x, numbers).transduction_
