"""The prior of genes against posterior means that are computed value by value."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from scipy.special import softmax
from scipy.stats import norm

from genodiff.networks.ancestry import Known
from genodiff.networks.gene_prior import GenePrior, shared_values, shrunk_class_shift
from genodiff.networks.linkage import Linked

GENES, COMPONENTS, CLASSES = 5, 3, 2
MASK = np.arange(COMPONENTS) < np.array([3, 1, 2, 0, 3])[:, None]


def built(genes, *sizes, linkage=0, segments=None, **settings):
    """A prior whose genes are one segment, without linkage."""
    if segments is None:
        segments = torch.zeros(genes, dtype=torch.int64)
    return GenePrior(genes, *sizes, linkage=linkage, segments=segments, **settings)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def prior(rng):
    """A prior with random tensors: 4 values and 2 centres a gene, no ancestry."""
    prior = built(GENES, COMPONENTS, CLASSES, values=4, centres=2, ancestry=0)
    share = rng.dirichlet(np.ones(6), GENES)
    share[0, 2], share[1, 5] = 0, 0
    for name, value in {
        "unmasked": MASK, "values": rng.normal(size=(GENES, 4, COMPONENTS)) * MASK[:, None],
        "centres": rng.normal(size=(GENES, 2, COMPONENTS)) * MASK[:, None],
        "log_share": np.log(np.where(share > 0, share, 1e-300)),
        "spread": rng.uniform(0.1, 1, MASK.shape), "variance": rng.uniform(0.5, 2, MASK.shape),
        "class_shift": rng.normal(size=(CLASSES + 1, *MASK.shape)) * MASK,
    }.items():  # fmt: skip
        getattr(prior, name).copy_(torch.from_numpy(value))
    return prior


def posterior_mean(prior, y, noise, shift, gene):
    """E[x_0 | y] of one gene (K,), from the tilted density of each value and centre."""
    p = {name: value.double().numpy() for name, value in prior.named_buffers()}
    own = MASK[gene]
    tilt = shift / p["variance"][gene]
    logits, means = [], []
    for value in p["values"][gene]:
        logits.append((value * tilt)[own].sum() + norm.logpdf(y, value, noise**0.5)[own].sum())
        means.append(value)
    for centre in p["centres"][gene]:
        v = p["spread"][gene]
        moved = centre + v * tilt
        logits.append(
            (centre * tilt + v * tilt**2 / 2)[own].sum()
            + norm.logpdf(y, moved, (v + noise) ** 0.5)[own].sum()
        )
        means.append(np.where(own, moved + v / (v + noise) * (y - moved), 0))
    return softmax(np.array(logits) + p["log_share"][gene]) @ np.array(means)


@pytest.mark.parametrize("sigma", [0.05, 0.7, 3, 100])
def test_posterior_mean(prior, rng, sigma):
    y = (rng.normal(size=(4, *MASK.shape)) * max(1, sigma) * MASK).astype(np.float32)
    label = torch.tensor([0, 1, 2, 0])
    seen = prior(torch.from_numpy(y), torch.full((4,), sigma**2), label)
    found = prior.restore(seen.logits, seen).numpy()
    shift = prior.class_shift.double().numpy()[label]
    for i in range(4):
        for gene in range(GENES):
            expected = posterior_mean(prior, y[i, gene], sigma**2, shift[i, gene], gene)
            np.testing.assert_allclose(found[i, gene], expected, atol=2e-3)


def test_unfitted_it_restores_features_of_variance_one():
    prior = built(GENES, COMPONENTS, CLASSES, values=4, centres=2, ancestry=3)
    y, noise = torch.randn(6, GENES, COMPONENTS), torch.linspace(0.1, 9, 6)
    seen = prior(y, noise, torch.zeros(6, dtype=torch.int64))
    expected = y / (1 + noise)[:, None, None]
    torch.testing.assert_close(prior.restore(seen.logits, seen), expected)


def test_the_tilt_by_ancestry_leaves_values_as_frequent_as_they_are(rng):
    """Over individuals whose ancestry, z, is known; a rare value lies far from the others."""
    prior = built(1, 1, 1, values=3, centres=2, ancestry=1)
    prior.values[0, :, 0] = torch.tensor([-0.5, 0.5, 4])
    prior.centres[0, :, 0] = torch.tensor([-2.0, 3])
    prior.spread.fill_(0.5)
    share = torch.tensor([0.5, 0.38, 0.02, 0.06, 0.04])
    prior.log_share[0] = share.log()
    prior.ancestry.loadings.fill_(0.2)
    z = torch.from_numpy(2 * rng.normal(size=(40_000, 1, 1))).float()
    tilt, variance = 0.2 * z, torch.full((len(z), 1), 4.0)
    of_centres = torch.einsum("bgk,gvk->bgv", tilt, prior.centres) + prior.spread * tilt**2 / 2
    tilted = torch.cat([torch.einsum("bgk,gvk->bgv", tilt, prior.values), of_centres], 2)
    known = Known(z[:, 0], tilt, variance)
    linked = Linked(tilt, torch.zeros(len(z), 1, 0))
    excess = prior._excess(known, linked, prior.variance, prior.variance[None])
    multiples = (tilted - excess).exp().mean(0)[0]
    np.testing.assert_allclose(multiples, 1, rtol=0.1)
    assert tilted.exp().mean(0)[0, 2] > 3


def test_values_are_as_frequent_in_a_class_as_in_its_individuals():
    """Of a gene of three values, whose frequencies differ much between two classes."""
    frequencies = np.array([[0.6, 0.3, 0.1], [0.1, 0.3, 0.6]])
    values = np.repeat(np.tile([-1, 0, 1], 2), (1000 * frequencies).ravel().astype(int))
    x = np.stack([values, np.zeros(2000)], 1)[:, None].astype(np.float32)
    number, mask = np.repeat([0, 1], 1000), np.array([[True, False]])
    prior = built(1, 2, 2, values=3, centres=1, ancestry=0)
    prior.fit(x, number, mask, shared_by=20)
    # Of pure noise the weights are those before any.
    noise, label = torch.full((2,), 1e6), torch.arange(2)
    seen = prior(torch.zeros(2, 1, 2), noise, label)
    weights = seen.logits.softmax(2)[:, 0, :3].numpy()
    order = prior.values[0, :, 0].numpy().argsort()
    np.testing.assert_allclose(weights[:, order], frequencies, atol=0.05)


def banded(rng, individuals, genes):
    """Individuals (N, G, 2) of linked neighbours: each gene is 0.7 times the one before, plus noise."""
    x = rng.normal(size=(individuals, genes, 2))
    for gene in range(1, genes):
        x[:, gene] += 0.7 * x[:, gene - 1]
    return x


@pytest.mark.parametrize("sigma", [0.5, 1, 2])
def test_linked_genes_are_restored_almost_as_by_their_covariance(sigma, rng):
    """Against the conditional mean of the normal distribution of the individuals."""
    x, mask = banded(rng, 3000, 20), np.ones((20, 2), bool)
    x = ((x - x.mean(0)) / x.std(0)).astype(np.float32)
    held, errors = x[2000:], {}
    y = torch.from_numpy(held + sigma * rng.normal(size=held.shape)).float()
    number, noise = np.zeros(2000, np.int64), torch.full((1000,), float(sigma**2))
    for linkage in (0, 40):
        prior = built(20, 2, 1, values=0, centres=1, ancestry=0, linkage=linkage)
        prior.fit(x[:2000], number, mask, shared_by=20)
        seen = prior(y, noise, torch.zeros(1000, dtype=torch.int64))
        errors[linkage] = ((prior.restore(seen.logits, seen).numpy() - held) ** 2).mean()
    covariance = np.cov(x[:2000].reshape(2000, 40).T)
    weights = np.linalg.solve(covariance + sigma**2 * np.eye(40), covariance)
    best = ((y.numpy().reshape(1000, 40) @ weights - held.reshape(1000, 40)) ** 2).mean()
    assert best < 0.85 * errors[0]
    assert errors[40] < best + 0.35 * (errors[0] - best)


@pytest.mark.parametrize("linkage", [0, 16])
def test_drawn_individuals_vary_as_those_it_was_fitted_to(linkage, rng):
    """In steps so small that a sampler adds nothing; classes and ancestry explain much, values none."""
    number = np.arange(3000) % 2
    ancestry = rng.normal(size=(3000, 1, 1)) * rng.choice([-0.5, 0.5], (1, 40, 2))
    x = ancestry + 0.8 * (number == 1)[:, None, None] * rng.choice([-1, 1], (1, 40, 2))
    x = x + (banded(rng, 3000, 40) if linkage else rng.normal(size=x.shape))
    x = ((x - x.mean(0)) / x.std(0)).astype(np.float32)
    segments = torch.arange(40) // 20
    prior = built(40, 2, 3, values=4, centres=4, ancestry=2, linkage=linkage, segments=segments)
    prior.fit(x, number, np.ones((40, 2), bool), shared_by=5)
    sigmas = np.geomspace(80, 0.01, 400)
    label = torch.from_numpy(np.arange(400) % 2)
    y = torch.from_numpy(80 * rng.normal(size=(400, 40, 2))).float()
    for sigma, following in pairwise(sigmas):
        seen = prior(y, torch.full((400,), sigma**2), label)
        restored = prior.restore(seen.logits, seen)
        y = restored + following / sigma * (y - restored)
    np.testing.assert_allclose(y.var(0).mean(), 1, atol=0.06)
    between = np.var([x[number == c].mean(0) for c in (0, 1)], 0).mean()
    drawn = np.var([y[label == c].mean(0).numpy() for c in (0, 1)], 0).mean()
    np.testing.assert_allclose(drawn, between, rtol=0.15)


class TestFit:
    def cohort(self, rng, individuals=600):
        """Scores of a few values each, those of some individuals beside them, of two classes that
        differ in gene 4, and every third individual unlabelled."""
        number = np.arange(individuals) % 3
        x = rng.integers(3, size=(individuals, *MASK.shape)).astype(np.float32)
        x[:, 4] += 0.8 * rng.normal(size=(individuals, 3)) + (number == 1)[:, None]
        x = (x - x.mean(0)) / np.maximum(x.std(0), 1e-9) * MASK
        return x.astype(np.float32), number

    def fitted(self, x, number, **own):
        settings = {"values": 32, "centres": 4, "ancestry": 2} | own
        prior = built(GENES, COMPONENTS, CLASSES, **settings)
        prior.fit(x, number, MASK, shared_by=5)
        return prior

    def test_shares_sum_to_one_and_masked_features_are_zero(self, rng):
        prior = self.fitted(*self.cohort(rng))
        kept = MASK.any(1)
        np.testing.assert_allclose(prior.log_share.exp().sum(1)[kept], 1, atol=0.01)
        for tensor in (prior.values, prior.centres):
            assert not tensor.transpose(1, 2)[torch.from_numpy(~MASK)].any()
        assert not prior.class_shift[:, torch.from_numpy(~MASK)].any()

    def test_a_value_of_fewer_individuals_is_not_kept(self, rng):
        x, number = self.cohort(rng)
        x[:4, 1, 0], x[4:9, 2, :2] = 7, 7  # 4 individuals, and 5
        prior = self.fitted(x, number)
        assert not (prior.values[1] == 7).any()
        assert (prior.values[2] == 7).any()

    def test_restores_values_better_than_independent_features(self, rng):
        x, number = self.cohort(rng)
        prior = self.fitted(x, number)
        held, held_number = self.cohort(np.random.default_rng(1))
        y = torch.from_numpy((held + 0.2 * rng.normal(size=held.shape) * MASK).astype(np.float32))
        seen = prior(y, torch.full((len(y),), 0.04), torch.from_numpy(held_number))
        errors = (prior.restore(seen.logits, seen).numpy() - held) ** 2
        assert errors[:, :3][:, MASK[:3]].mean() < 0.3 * 0.04 / 1.04
        assert errors[:, 4].mean() < 1.05 * 0.04 / 1.04

    def test_unique_values_have_one_centre(self, rng):
        x = (rng.normal(size=(100, *MASK.shape)) * MASK).astype(np.float32)
        prior = self.fitted(x, np.zeros(100, np.int64))
        shares = prior.log_share.exp()[MASK.any(1)]
        assert (shares[:, 32] > 0.99).all()
        np.testing.assert_allclose(prior.spread[torch.from_numpy(MASK)], x.var(0)[MASK], rtol=0.05)

    def test_of_many_individuals_a_random_subset_is_taken_and_all_class_means(self, rng, monkeypatch):
        """Whatever their order in the file: cases and controls in turn, or one after the other."""
        x, number = self.cohort(rng)
        everybody = self.fitted(x, number)
        monkeypatch.setattr("genodiff.networks.gene_prior._MOST_INDIVIDUALS", len(x) // 3)
        monkeypatch.setattr("genodiff.networks.gene_prior._CLASS_SCORES", 2 * x[:, 0].size)
        for order in (np.arange(len(x)), np.argsort(number, kind="stable")):
            given = x[order]
            prior = self.fitted(given.copy(), number[order])
            torch.testing.assert_close(prior.class_shift, everybody.class_shift, rtol=1e-4, atol=1e-5)
            ratio = prior.variance / everybody.variance
            assert ((ratio > 0.5) & (ratio < 2)).all()
            assert (given == x[order]).all()

    def test_few_individuals(self, rng):
        x, number = self.cohort(rng, 3)
        prior = self.fitted(x, number)
        seen = prior(torch.from_numpy(x), torch.ones(3), torch.from_numpy(number))
        assert torch.isfinite(prior.restore(seen.logits, seen)).all()


def test_shrunk_class_shift__of_a_difference_and_of_none(rng):
    number = np.arange(3000) % 3
    x = rng.normal(size=(3000, 200, 2)).astype(np.float32)
    x[number == 0, :100] += 0.5
    found = shrunk_class_shift(x, number, 3, 2)
    raw = x[number == 0].mean(0) - x.mean(0)
    np.testing.assert_allclose(found[0, :100], raw[:100], rtol=0.05, atol=0.005)
    assert (found[0, 100:] ** 2).mean() < 0.5 * (raw[100:] ** 2).mean()
    assert (np.abs(found[0]) <= np.abs(raw)).all()
    assert not found[2].any()


def test_shrunk_class_shift__a_class_of_one_individual_has_none(rng):
    x = rng.normal(size=(50, 4, 2)).astype(np.float32)
    assert not shrunk_class_shift(x, np.r_[1, np.zeros(49, int)], 3, 2)[1].any()


def test_shared_values__are_the_most_frequent(rng):
    x = np.repeat([[0.0, 1], [2, 3], [4, 5], [6, 7]], [9, 5, 4, 7], axis=0)
    values, sizes, left = shared_values(rng.permutation(x), 2, 5)
    assert values.tolist() == [[0, 1], [6, 7]]
    assert sizes.tolist() == [9, 7]
    assert len(left) == 9
    assert shared_values(x, 4, 5)[1].tolist() == [9, 7, 5]
    assert shared_values(x, 0, 5)[0].shape == (0, 2)
