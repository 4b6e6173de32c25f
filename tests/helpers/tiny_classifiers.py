"""Every registered classifier at a tiny size, and individuals whose classes can be told apart."""

import numpy as np
import torch

from genodiff.networks.classifiers import CLASSIFIERS, build_classifier

GENES, COMPONENTS = 8, 3
# Other classifiers are tested with their defaults.
TINY = {
    "mlp": {"width": 16},
    "cnn": {"channels": 8},
    "transformer": {"genes_per_token": 2, "width": 16, "layers": 1, "heads": 2},
}


def settings_of(name: str) -> dict:
    """Complete settings of a tiny classifier."""
    return CLASSIFIERS[name].settings(**TINY.get(name, {})).model_dump()


def build(name: str, seed: int = 0, classes: int = 3, genes: int = GENES) -> torch.nn.Module:
    """A tiny classifier, its weights drawn with `seed`."""
    torch.manual_seed(seed)
    return build_classifier(name, genes, COMPONENTS, classes, settings_of(name))


def separable(individuals: int, classes: int, seed: int = 0, noise: float = 0.3):
    """x float32 (`individuals`, 8, 3) of `classes` classes in turn, each around a pattern of its own,
    and their class numbers."""
    patterns = np.random.default_rng(0).normal(size=(classes, GENES, COMPONENTS))
    labels = np.arange(individuals) % classes
    x = patterns[labels] + noise * np.random.default_rng(seed + 1).normal(size=(individuals, 8, 3))
    return x.astype(np.float32), labels
