"""Ancestry: posterior means in closed form, components and groups that are known."""

import numpy as np
import pytest
import torch
from scipy.stats import norm

from genodiff.networks.ancestry import Ancestry, ancestry_groups


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def test_a_gene_is_shifted_by_what_the_others_say(rng):
    # One component with equal loadings: E[z | others] in closed form, z of variance 9.
    genes = 40
    ancestry = Ancestry(genes, 1, 1)
    ancestry.loadings.fill_(genes**-0.5)
    ancestry.latent.fill_(9)
    ancestry.within.fill_(9)
    y, precision = torch.from_numpy(rng.normal(size=(3, genes, 1))).float(), 1 / 1.5
    known = ancestry(y, torch.full(y.shape, precision))
    certainty, whole = precision + 1 / 9, y.sum(1, keepdim=True)
    others = (whole - y) * precision / (certainty - precision / genes)
    torch.testing.assert_close(known.shift, others / genes)
    expected = whole[:, 0] * genes**-0.5 * precision / certainty / 3
    torch.testing.assert_close(known.mean, expected)
    torch.testing.assert_close(known.variance, torch.full((3, 1), 9 - 1 / certainty))
    other = y.clone()
    other[:, 7] += 5
    changed = ancestry(other, torch.full(y.shape, precision)).shift
    assert torch.allclose(changed[:, 7], known.shift[:, 7], atol=1e-5)
    assert ((changed - known.shift)[:, 8] > 0.01).all()


@pytest.mark.parametrize("precision", [0.002, 0.05, 1.0])
def test_posterior_mean_of_groups(precision, rng):
    """Against the posterior on a grid of z, of one component and two groups."""
    genes, means, share = 30, np.array([-2.0, 4]), np.array([0.7, 0.3])
    ancestry = Ancestry(genes, 1, 1)
    loadings = rng.normal(size=genes) / 5
    ancestry.loadings[0, :, 0] = torch.from_numpy(loadings)
    ancestry.latent.fill_(float(0.5 + share @ (means - share @ means) ** 2))
    ancestry.within.fill_(0.5)
    ancestry.groups[:2, 0] = torch.from_numpy(means)
    ancestry.log_group[:2] = torch.from_numpy(np.log(share))
    y = 3 * rng.normal(size=(20, genes, 1)).astype(np.float32)
    known = ancestry(torch.from_numpy(y), torch.full(y.shape, precision))
    z = np.linspace(-15, 15, 3001)
    density = norm.pdf(z[:, None], means, 0.5**0.5) @ share
    error = ((y - z * loadings[:, None]) ** 2).sum(1)
    weights = density * np.exp(-precision * (error - error.min(1, keepdims=True)) / 2)
    expected = weights @ z / weights.sum(1)
    scale = ancestry.latent.sqrt().numpy()
    np.testing.assert_allclose(known.mean[:, 0].numpy() * scale, expected, atol=2e-3)


def test_groups_are_found(rng):
    means = np.array([[-5, 0, 0], [4, 3, 0], [4, -3, 0]])
    number = rng.integers(3, size=600)
    found, sizes, within = ancestry_groups(means[number] + rng.normal(size=(600, 3)))
    assert sorted(sizes) == pytest.approx(sorted(np.bincount(number)), abs=3)
    np.testing.assert_allclose(found[found[:, 1].argsort()], means[[2, 0, 1]], atol=0.4)
    np.testing.assert_allclose(within, 1, rtol=0.2)


@pytest.mark.parametrize("individuals", [10, 600])
def test_one_normal_distribution_is_one_group(individuals, rng):
    means, sizes, within = ancestry_groups(rng.normal(size=(individuals, 16)) * np.linspace(5, 1, 16))
    assert len(means) == 1
    assert sizes.tolist() == [individuals]
    assert within[0] > within[15]


@pytest.mark.parametrize(("individuals", "count", "found"), [(10, 9, 8), (100, 30, 20)])
def test_fewer_components_of_few_individuals_or_features(rng, individuals, count, found):
    x = rng.normal(size=(individuals, 20)) + 3 * rng.normal(size=(individuals, 1))
    ancestry = Ancestry(20, 1, count)
    ancestry.fit(x.astype(np.float32), np.ones((20, 1), bool), 2)
    assert ancestry.latent[0] > 10
    assert not ancestry.loadings[found:].any()
    known = ancestry(torch.from_numpy(x).float()[:, :, None], torch.ones(individuals, 20, 1))
    assert all(part.isfinite().all() for part in known)
