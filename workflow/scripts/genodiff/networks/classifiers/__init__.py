"""Classifiers that judge datasets. To add one: a module here with a class, an entry below, its
settings in config/schema.yaml.

A classifier is built as `Classifier(genes=P, components=K, classes=C, **settings)` and called with x
float32 (B, P, K); it returns logits float32 (B, C).
"""

from typing import Any

from genodiff.registry import Entry, build

# Individuals at once when a classifier is judged.
TEST_BATCH = 128

CLASSIFIERS = {
    "mlp": Entry("genodiff.networks.classifiers.mlp", "MlpClassifier", "MLP"),
    "transformer": Entry(
        "genodiff.networks.classifiers.transformer", "TransformerClassifier", "Transformer"
    ),
    "cnn": Entry("genodiff.networks.classifiers.cnn", "CnnClassifier", "CNN"),
}


def build_classifier(name: str, genes: int, components: int, classes: int, settings: dict[str, Any]):
    """A classifier by its registered name; `settings` are the keyword arguments of its class."""
    return build(
        CLASSIFIERS, "classifier", name, genes=genes, components=components, classes=classes, **settings
    )
