"""Results of two datasets, two classifiers and two seeds, as `classify` jobs leave them."""

import pytest


@pytest.fixture
def results():
    accuracy = {
        ("real", "mlp"): (0.9, 0.8),
        ("real", "cnn"): (0.7, 0.5),
        ("unet_mlp", "mlp"): (0.7, 0.8),
        ("unet_mlp", "cnn"): (0.6, 0.4),
    }
    rows = []
    for (dataset, classifier), values in accuracy.items():
        for seed, value in enumerate(values):
            rows.append(
                {
                    "dataset": dataset, "classifier": classifier, "seed": seed, "classes": 2,
                    "best_step": 10, "n_train": 100, "n_test": 20, "accuracy": value, "se": 0.1,
                    "wilson_low": value - 0.2,
                    "wilson_high": value + 0.05, "balanced_accuracy": value, "auc": 0.75,
                    "validation_balanced_accuracy": 0.5,
                }
            )  # fmt: skip
    return rows
