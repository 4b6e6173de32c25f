"""Classifiers that judge datasets. To add one: a module here with a class, and its settings and an
entry below.

A classifier is built as `Classifier(genes=P, components=K, classes=C, **settings)` and called with x
float32 (B, P, K); it returns logits float32 (B, C).
"""

from typing import Any

from genodiff.networks.settings import TokenSettings
from genodiff.registry import Entry, Positive, Settings, build

# Individuals at once when a classifier is judged.
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
        "genodiff.networks.classifiers.transformer",
        "TransformerClassifier",
        "Transformer",
        TokenSettings,
        "attention",
    ),
    "cnn": Entry(
        "genodiff.networks.classifiers.cnn", "CnnClassifier", "CNN", CnnSettings, "convolution"
    ),
}


def build_classifier(name: str, genes: int, components: int, classes: int, settings: dict[str, Any]):
    """A classifier by its registered name; `settings` are the keyword arguments of its class."""
    return build(
        CLASSIFIERS, "classifier", name, genes=genes, components=components, classes=classes, **settings
    )
