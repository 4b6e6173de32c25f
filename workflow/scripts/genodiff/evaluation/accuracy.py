"""Accuracy of a classifier on the real test set, and the share that a synthetic dataset recovers."""

import numpy as np
from scipy.special import ndtri

from genodiff.evaluation.roc import auc_of_classes


def wilson_interval(correct: int, individuals: int, confidence: float = 0.95) -> tuple[float, float]:
    """Score interval of the proportion `correct` / `individuals` (Wilson 1927)."""
    z, share = ndtri((1 + confidence) / 2), correct / individuals
    centre = correct + z**2 / 2
    half = z * np.sqrt(individuals * share * (1 - share) + z**2 / 4)
    low, high = ((centre + side) / (individuals + z**2) for side in (-half, half))
    # Without rounding errors at the ends.
    return max(0.0, min(float(low), share)), min(1.0, max(float(high), share))


def score(probabilities: np.ndarray, labels: np.ndarray) -> dict[str, float | int]:
    """n_test, and as fractions: accuracy with its standard error and Wilson 95% limits, balanced
    accuracy and AUC.

    `probabilities` float (N, C), `labels` int (N,). With more than two classes the AUC is the mean over
    classes of one against the rest. Raises ValueError if a class is absent from `labels`, or
    for NaN.
    """
    classes = probabilities.shape[1]
    if set(np.unique(labels)) != set(range(classes)):
        raise ValueError("a class is absent from the test set")
    if np.isnan(probabilities).any():
        raise ValueError("a probability is not a number")
    predicted = probabilities.argmax(1)
    correct = int((predicted == labels).sum())
    low, high = wilson_interval(correct, len(labels))
    return {
        "n_test": len(labels),
        "accuracy": correct / len(labels),
        "se": float(np.sqrt(correct * (len(labels) - correct) / len(labels) ** 3)),
        "balanced_accuracy": float(
            np.mean([(predicted[labels == number] == number).mean() for number in range(classes)])
        ),
        "auc": auc_of_classes(probabilities, labels),
        "wilson_low": low,
        "wilson_high": high,
    }


def recovery(synthetic: float, real: float) -> float:
    """acc_syn / acc_real; NaN if the real accuracy is 0."""
    return synthetic / real if real else float("nan")


def chance_corrected_recovery(synthetic: float, real: float, classes: int) -> float:
    """(acc_syn - chance) / (acc_real - chance) with chance = 1 / classes, the accuracy of guessing on
    the balanced test set; NaN if the real accuracy is not above chance."""
    chance = 1 / classes
    return (synthetic - chance) / (real - chance) if real > chance else float("nan")
