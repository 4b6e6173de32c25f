"""Accuracy of a classifier on the real test set, and the share that a synthetic dataset recovers."""

import numpy as np
from scipy.stats import binomtest
from sklearn.metrics import balanced_accuracy_score, roc_auc_score


def wilson_interval(correct: int, individuals: int, confidence: float = 0.95) -> tuple[float, float]:
    """Score interval of the proportion `correct` / `individuals` (Wilson 1927)."""
    interval = binomtest(correct, individuals).proportion_ci(confidence, method="wilson")
    return float(interval.low), float(interval.high)


def score(probabilities: np.ndarray, labels: np.ndarray) -> dict[str, float | int]:
    """n_test, and as fractions: accuracy with its standard error and Wilson 95% limits, balanced
    accuracy and AUC.

    `probabilities` float (N, C), `labels` int (N,). With more than two classes the AUC is the mean over
    classes of one against the rest. Raises ValueError if a class is absent from `labels`.
    """
    classes = probabilities.shape[1]
    if set(np.unique(labels)) != set(range(classes)):
        raise ValueError("a class is absent from the test set")
    predicted = probabilities.argmax(1)
    correct = int((predicted == labels).sum())
    low, high = wilson_interval(correct, len(labels))
    if classes == 2:
        auc = roc_auc_score(labels, probabilities[:, 1])
    else:
        auc = roc_auc_score(labels, probabilities, multi_class="ovr")
    return {
        "n_test": len(labels),
        "accuracy": correct / len(labels),
        "se": float(np.sqrt(correct * (len(labels) - correct) / len(labels) ** 3)),
        "balanced_accuracy": float(balanced_accuracy_score(labels, predicted)),
        "auc": float(auc),
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
