"""Linkage: shifts in closed form, and components of segments that are known."""

import numpy as np
import pytest
import torch

from genodiff.networks.linkage import LONGEST, Linkage, segments_of


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def test_a_gene_is_shifted_by_what_the_others_of_its_segment_say(rng):
    """Against the conditional mean of the gene given the others, of one component a segment."""
    segments, variance, noise = torch.tensor([0, 0, 0, 1, 1]), np.array([4.0, 0.5]), 0.8
    linkage, loadings = Linkage(2, 1, segments), rng.normal(size=(5, 2))
    linkage.loadings[0] = torch.from_numpy(loadings)
    linkage.latent[:, 0] = torch.from_numpy(variance)
    y = rng.normal(size=(3, 5, 2)).astype(np.float32)
    linked = linkage(torch.from_numpy(y), torch.full(y.shape, 1 / noise))
    for gene in range(5):
        number = int(segments[gene])
        others = (segments.numpy() == number) & (np.arange(5) != gene)
        seen = loadings[others].ravel()
        covariance = variance[number] * np.outer(seen, seen) + noise * np.eye(len(seen))
        z = y[:, others].reshape(3, -1) @ np.linalg.solve(covariance, variance[number] * seen)
        np.testing.assert_allclose(linked.shift[:, gene], z[:, None] * loadings[gene], atol=1e-5)
        own = loadings[segments.numpy() == number].ravel()
        known = variance[number] - 1 / (own @ own / noise + 1 / variance[number])
        np.testing.assert_allclose(linked.variance[:, gene, 0], known, rtol=1e-5)


def test_fit__keeps_what_links_genes_and_nothing_of_noise(rng):
    mask = np.arange(3) < np.array([3, 1, 2, 3, 2, 0])[:, None]
    z = 2 * rng.normal(size=(800, 1, 1))
    x = rng.normal(size=(800, *mask.shape)).astype(np.float32)
    x[:, :3] += z  # the first segment; the second is noise
    linkage = Linkage(3, 4, torch.tensor([0, 0, 0, 1, 1, 1]))
    linkage.fit(x[:, mask], mask)
    assert linkage.latent[0, 0] == pytest.approx(4 * 6, rel=0.2)  # of 6 features
    assert (linkage.latent[1] < 0.3).all()
    assert not linkage.loadings[:, torch.from_numpy(~mask)].any()
    share = (linkage.loadings[0] ** 2).sum(1)
    np.testing.assert_allclose(share[:3], np.array([3, 1, 2]) / 6, atol=0.05)


def test_fit__too_few_individuals(rng):
    linkage = Linkage(2, 3, torch.zeros(4, dtype=torch.int64))
    linkage.fit(rng.normal(size=(3, 8)).astype(np.float32), np.ones((4, 2), bool))
    linked = linkage(torch.ones(2, 4, 2), torch.ones(2, 4, 2))
    assert not linkage.latent.any()
    assert not linked.shift.any()


@pytest.mark.parametrize("counts", [[1], [LONGEST], [LONGEST + 1, 3], [7 * LONGEST, 1, 2 * LONGEST]])
def test_segments_are_parts_of_one_chromosome_and_equal(counts):
    chromosomes = torch.repeat_interleave(torch.arange(len(counts)), torch.tensor(counts))
    segments = segments_of(chromosomes)
    numbers, sizes = segments.unique_consecutive(return_counts=True)
    assert numbers.tolist() == list(range(sum(-(-count // LONGEST) for count in counts)))
    assert sizes.max() <= LONGEST
    for own in chromosomes.unique():
        of_one = segments[chromosomes == own].unique(return_counts=True)[1]
        assert of_one.max() - of_one.min() <= 1
        assert not torch.isin(segments[chromosomes != own], segments[chromosomes == own]).any()
