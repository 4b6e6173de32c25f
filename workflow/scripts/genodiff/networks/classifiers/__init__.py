"""Classifiers for the evaluation of datasets. To add one: a module here with a class, and its settings
and an entry below.

A classifier is built as `Classifier(genes=P, components=K, classes=C, **settings)` and called with x
float32 (B, P, K); it returns logits float32 (B, C).
"""

from typing import Any

from genodiff.networks.settings import TokenSettings
from genodiff.registry import Entry, Positive, Settings, build

# Batch size of predictions in the evaluation of a classifier.
TEST_BATCH = 128


class MlpSettings(Settings):
    width: Positive = 512
    """width of its hidden layers"""


class CnnSettings(Settings):
    channels: Positive = 64
    """channels of its convolutions"""


CLASSIFIERS = {
    "mlp": Entry("genodiff.networks.classifiers.mlp", "MlpClassifier", "MLP", MlpSettings, "dense"),
    "transformer": Entry(
        "genodiff.networks.classifiers.transformer", "TransformerClassifier", "Transformer",
        TokenSettings, "attention",
    ),
    "cnn": Entry(
        "genodiff.networks.classifiers.cnn", "CnnClassifier", "CNN", CnnSettings, "convolution",
    ),
}  # fmt: skip


def build_classifier(name: str, genes: int, components: int, classes: int, settings: dict[str, Any]):
    """Build a classifier by its registered name with the keyword arguments `settings` of its class.
    Raises ValueError for an unknown name."""
    return build(
        CLASSIFIERS, "classifier", name, genes=genes, components=components, classes=classes, **settings
    )
