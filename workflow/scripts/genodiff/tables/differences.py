"""Differences of the accuracies of two datasets, which classify the same test individuals."""

from collections.abc import Iterable

import numpy as np

from genodiff.evaluation.paired import from_text, paired_difference
from genodiff.tables.read import AVERAGE

DIFFERENCE = ["seeds", "n_test", "difference", "se", "low", "high", "p"]


def correctness(results: list[dict]) -> dict[tuple[str, str], np.ndarray]:
    """For each dataset and classifier of results of `classify` jobs, which test individuals are
    classified correctly: float64 (S seeds, N individuals); for the classifier AVERAGE the mean over
    classifiers."""
    rows: dict[tuple[str, str], dict[int, np.ndarray]] = {}
    for result in results:
        own = rows.setdefault((result["dataset"], result["classifier"]), {})
        own[result["seed"]] = from_text(result["correct"])
    found = {key: np.stack([own[seed] for seed in sorted(own)]) for key, own in rows.items()}
    for dataset in dict.fromkeys(dataset for dataset, _ in rows):
        each = [own for (name, _), own in found.items() if name == dataset]
        found[dataset, AVERAGE] = np.mean(each, 0)
    return found


def differences(results: list[dict], pairs: Iterable[tuple[str, str]]) -> list[dict]:
    """One row for each pair of datasets and each classifier and their average: dataset, against,
    classifier and DIFFERENCE, the accuracy of the first less that of the second."""
    correct = correctness(results)
    classifiers = dict.fromkeys(classifier for _, classifier in correct)
    return [
        {"dataset": first, "against": second, "classifier": classifier}
        | paired_difference(correct[first, classifier], correct[second, classifier])
        for first, second in pairs
        for classifier in classifiers
    ]
