"""Every registered classifier at a tiny size, and a cohort that can be told apart."""

import numpy as np
import pytest
import torch

from genodiff.networks.classifiers import CLASSIFIERS, build_classifier

GENES, COMPONENTS = 8, 3
# Of other classifiers than these the defaults are tested.
TINY = {
    "mlp": {"width": 16},
    "cnn": {"channels": 8},
    "transformer": {"genes_per_token": 2, "width": 16, "layers": 1, "heads": 2},
}


@pytest.fixture(params=CLASSIFIERS)
def name(request):
    return request.param


@pytest.fixture
def tiny():
    """Settings of the tiny classifiers by name."""
    return TINY


@pytest.fixture
def build():
    """Build a tiny classifier by name, its weights drawn with seed `seed`."""

    def make(name, seed=0, classes=3, genes=GENES):
        torch.manual_seed(seed)
        settings = CLASSIFIERS[name].settings(**TINY.get(name, {})).model_dump()
        return build_classifier(name, genes, COMPONENTS, classes, settings)

    return make


@pytest.fixture
def separable():
    """Rows (`individuals`, 8, 3) of `classes` classes in turn, each class around a pattern of its
    own."""

    def make(individuals, classes, seed=0, noise=0.3):
        patterns = np.random.default_rng(0).normal(size=(classes, GENES, COMPONENTS))
        labels = np.arange(individuals) % classes
        x = patterns[labels] + noise * np.random.default_rng(seed + 1).normal(size=(individuals, 8, 3))
        return x.astype(np.float32), labels

    return make
