"""Principal components against those that the data were made of."""

import numpy as np
import pytest

from genodiff.networks import components
from genodiff.networks.components import held_out_components


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def test_held_out_components__keep_what_individuals_left_out_have(rng):
    loadings = np.linalg.qr(rng.normal(size=(300, 2)))[0].T
    scores = rng.normal(size=(400, 2)) * [6, 4]
    found, latent = held_out_components(scores @ loadings + rng.normal(size=(400, 300)), 5)
    assert (np.diff(latent[:3]) < 0).all()
    np.testing.assert_allclose(found @ found.T, np.eye(5), atol=1e-5)
    assert latent[:2] == pytest.approx(scores.var(0), rel=0.2)
    assert (latent[2:] < 1).all()
    np.testing.assert_allclose(np.linalg.svd(found[:2] @ loadings.T)[1], 1, atol=0.05)


def test_held_out_components__none_of_noise(rng):
    # In the individuals they were fitted to, noise has variances of up to (1 + sqrt(3))^2 = 7.5.
    _, latent = held_out_components(rng.normal(size=(100, 300)), 4)
    assert latent.max() < 1


@pytest.mark.parametrize(("individuals", "count"), [(4, 2), (10, 0)])
def test_held_out_components__too_few(rng, individuals, count):
    assert held_out_components(rng.normal(size=(individuals, 20)), count) is None


@pytest.mark.parametrize(("individuals", "count", "found"), [(10, 9, 8), (100, 30, 20)])
def test_held_out_components__fewer_of_few_individuals_or_features(rng, individuals, count, found):
    assert held_out_components(rng.normal(size=(individuals, 20)), count)[0].shape == (found, 20)


def test_many_features_are_decomposed_as_few_are(rng, monkeypatch):
    x = rng.normal(size=(200, 60)) * np.linspace(4, 0.5, 60)
    whole = held_out_components(x, 4)
    monkeypatch.setattr(components, "_FEW_FEATURES", 10)
    loadings, latent = held_out_components(x, 4)
    np.testing.assert_allclose(np.abs(np.sum(loadings * whole[0], 1)), 1, atol=1e-3)
    np.testing.assert_allclose(latent, whole[1], rtol=0.02)
