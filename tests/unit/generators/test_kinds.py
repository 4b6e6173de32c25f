"""What every reference generator promises, and then each one's own properties."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genodiff.generators import REFERENCES, FeatureOrigins
from genodiff.generators.gaussian import Gaussian
from genodiff.generators.independent import Independent
from genodiff.generators.mosaic import Mosaic, block_numbers
from genodiff.registry import build
from genodiff.runtime.errors import InputError


@pytest.fixture
def rng():
    return np.random.default_rng(1)


def assert_uniform_pairs(a, b, individuals):
    """Numbers a (n,) and b (n,) below `individuals` are independent and uniform: all pairs equally
    often."""
    times = np.bincount(a * individuals + b, minlength=individuals**2)
    expected = len(a) / individuals**2
    assert len(times) == individuals**2
    assert np.abs(times - expected).max() < 5 * np.sqrt(expected)


class TestEveryReference:
    @pytest.fixture
    def generator(self, name, settings, x, features):
        return build(REFERENCES, "reference", name, x=x, features=features, **settings)

    def test_module_is_named_as_the_reference(self, name):
        assert REFERENCES[name].module == f"genodiff.generators.{name}"

    @pytest.mark.parametrize("count", [1, 7])
    def test_returns_individuals_of_the_unmasked_features_as_float32(self, generator, rng, count):
        found = generator.draw(count, rng)
        assert found.shape == (count, 12)
        assert found.dtype == np.float32
        assert np.isfinite(found).all()

    def test_same_seed_same_individuals_another_seed_others(self, generator):
        one, again, other = (generator.draw(5, np.random.default_rng(seed)) for seed in (3, 3, 4))
        np.testing.assert_array_equal(one, again)
        assert not (one == other).all(axis=1).any()

    def test_goes_on_with_new_individuals(self, generator, rng):
        first, second = generator.draw(50, rng), generator.draw(50, rng)
        assert not np.array_equal(first, second)

    def test_fitting_the_same_individuals_again_gives_the_same_generator(
        self, name, settings, x, features, generator
    ):
        again = build(REFERENCES, "reference", name, x=x.copy(), features=features, **settings)
        np.testing.assert_array_equal(
            again.draw(9, np.random.default_rng(0)), generator.draw(9, np.random.default_rng(0))
        )

    def test_training_individuals_stay_as_they_are(self, name, settings, x, features, rng):
        before = x.copy()
        build(REFERENCES, "reference", name, x=x, features=features, **settings).draw(20, rng)[:] = 0
        np.testing.assert_array_equal(x, before)

    def test_mean_and_variance_of_every_feature_are_the_training_individuals(self, generator, x, rng):
        found, n = generator.draw(20_000, rng).astype(float), 20_000
        x = x.astype(float)
        assert (np.abs(found.mean(0) - x.mean(0)) < 5 * x.std(0) / np.sqrt(n)).all()
        # The variance of n normal values is off by sqrt(2 / n), 1%.
        np.testing.assert_allclose(found.var(0), x.var(0), rtol=0.05)

    def test_feature_without_spread_has_none(self, name, settings, x, features, rng):
        x[:, 5] = 2.5
        found = build(REFERENCES, "reference", name, x=x, features=features, **settings).draw(30, rng)
        np.testing.assert_allclose(found[:, 5], 2.5, atol=1e-5)

    def test_class_of_two_individuals_is_enough(self, name, settings, x, features, rng):
        found = build(REFERENCES, "reference", name, x=x[:2], features=features, **settings).draw(
            30, rng
        )
        assert np.isfinite(found).all()
        assert (found.std(0) > 0).all()


def covariance(generator):
    """The covariance float64 (D, D) that a Gaussian draws from."""
    factors = generator.factors.astype(float)
    return factors.T @ factors + np.diag(generator.deviation.astype(float) ** 2)


@pytest.mark.parametrize("rank", [12, 500])
def test_gaussian__full_rank_is_the_sample_covariance(x, features, rank):
    generator = Gaussian(x, features, rank)
    expected = np.cov(x.T.astype(float))
    np.testing.assert_allclose(covariance(generator), expected, atol=1e-5 * expected.max())
    np.testing.assert_allclose(generator.mean, x.mean(0, dtype=float), rtol=1e-5)


def test_gaussian__fewer_individuals_than_features_too(x, features):
    expected = np.cov(x[:5].T.astype(float))
    assert np.linalg.matrix_rank(expected) == 4
    found = covariance(Gaussian(x[:5], features, 64))
    np.testing.assert_allclose(found, expected, atol=1e-5 * expected.max())


@pytest.mark.parametrize("rank", [3, 12])
def test_gaussian__individuals_have_the_fitted_mean_and_covariance(x, features, rng, rank):
    n, generator = 100_000, Gaussian(x, features, rank)
    found, expected = np.cov(generator.draw(n, rng).T.astype(float)), covariance(generator)
    variance = np.diag(expected)
    error = np.sqrt((np.outer(variance, variance) + expected**2) / n)
    assert (np.abs(found - expected) < 5 * error).all()


@pytest.mark.parametrize("rank", [1, 2, 6])
def test_gaussian__low_rank_keeps_the_leading_components_and_every_variance(x, features, rank):
    generator, full = Gaussian(x, features, rank), np.cov(x.T.astype(float))
    values, vectors = np.linalg.eigh(full)
    leading = (vectors[:, -rank:] * values[-rank:]) @ vectors[:, -rank:].T
    found = generator.factors.astype(float)
    assert found.shape == (rank, 12)
    np.testing.assert_allclose(found.T @ found, leading, atol=0.01 * values[-1])
    np.testing.assert_allclose(np.diag(covariance(generator)), np.diag(full), rtol=1e-4)


def test_gaussian__finds_the_leading_components_among_many_features(rng):
    # Two strong components above a floor of noise, as gene scores have.
    common = rng.standard_normal((300, 2)) @ rng.standard_normal((2, 200)) * 0.3
    x = (common + rng.standard_normal((300, 200))).astype(np.float32)
    generator = Gaussian(x, FeatureOrigins([0] * 200, ["1"] * 200), 8)
    values = np.linalg.eigvalsh(np.cov(x.T.astype(float)))[::-1][:8]
    found = np.square(generator.factors.astype(float)).sum(1)
    np.testing.assert_allclose(found, values, rtol=0.02)


@pytest.mark.parametrize("individuals", [0, 1])
def test_gaussian__raises_on_a_class_without_covariance(x, features, individuals):
    with pytest.raises(InputError, match=r"reference gaussian: .* no covariance; leave it out"):
        Gaussian(x[:individuals], features, 4)


def test_independent__every_value_is_a_training_value_of_its_feature(donors, features, rng):
    found = Independent(donors(30), features).draw(2_000, rng)
    feature, individual = np.divmod(found.astype(int), 100)
    assert (feature == np.arange(12)).all()
    # Each feature has all individuals for a donor now and then.
    assert all(set(column) == set(range(30)) for column in individual.T)


def test_independent__features_of_one_gene_have_donors_of_their_own(donors, features, rng):
    individual = Independent(donors(4), features).draw(16_000, rng).astype(int) % 100
    for a, b in [(0, 1), (1, 2), (5, 6), (0, 11)]:
        assert_uniform_pairs(individual[:, a], individual[:, b], 4)


def test_independent__correlations_vanish(x, features, rng):
    n, off = 20_000, ~np.eye(12, dtype=bool)
    assert np.abs(np.corrcoef(x.T)[off]).max() > 0.7
    assert np.abs(np.corrcoef(Independent(x, features).draw(n, rng).T)[off]).max() < 5 / np.sqrt(n)


@pytest.mark.parametrize(
    ("genes_per_block", "expected"),
    [
        (1, [0, 0, 0, 1, 2, 2, 3, 3, 3, 4, 4, 5]),
        (2, [0, 0, 0, 0, 1, 1, 2, 2, 2, 2, 2, 3]),
        (3, [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1]),
        (1000, [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1]),
    ],
)
def test_block_numbers__by_hand(features, genes_per_block, expected):
    assert block_numbers(features, genes_per_block).tolist() == expected


def test_block_numbers__one_gene():
    assert block_numbers(FeatureOrigins([7, 7], ["X", "X"]), 3).tolist() == [0, 0]


@given(
    chromosomes=st.lists(st.lists(st.integers(0, 3), min_size=1, max_size=8), min_size=1, max_size=4),
    genes_per_block=st.integers(1, 9),
)
def test_block_numbers__are_those_of_a_loop(chromosomes, genes_per_block):
    # Unmasked features of each gene, chromosome by chromosome; a gene without any takes no place in a
    # block.
    genes, names, expected, gene, block = [], [], [], 0, -1
    for number, counts in enumerate(chromosomes):
        place = 0
        for count in counts:
            if count:
                block += place % genes_per_block == 0
                place += 1
            genes += [gene] * count
            names += [f"chr{number}"] * count
            expected += [block] * count
            gene += 1
    if genes:
        assert block_numbers(FeatureOrigins(genes, names), genes_per_block).tolist() == expected


@pytest.mark.parametrize("genes_per_block", [1, 2, 3, 50])
def test_mosaic__blocks_are_whole_and_from_random_individuals(donors, features, rng, genes_per_block):
    block = block_numbers(features, genes_per_block)
    found = Mosaic(donors(4), features, genes_per_block).draw(16_000, rng)
    feature, individual = np.divmod(found.astype(int), 100)
    assert (feature == np.arange(12)).all()
    first = np.unique(block, return_index=True)[1]
    np.testing.assert_array_equal(individual, individual[:, first][:, block])
    for a in first:
        for b in first[first > a]:
            assert_uniform_pairs(individual[:, a], individual[:, b], 4)


def test_mosaic__blocks_as_large_as_a_chromosome_copy_chromosomes(x, features, rng):
    found = Mosaic(x, features, 10_000).draw(50, rng)
    for part in (slice(0, 6), slice(6, 12)):
        assert (found[:, None, part] == x[None, :, part]).all(-1).any(1).all()
    # And never whole individuals, but by chance, 1 in 300.
    assert (found[:, None] == x[None]).all(-1).any(1).sum() <= 3


def test_mosaic__keeps_correlations_within_a_gene_and_none_between_blocks(x, features, rng):
    n = 20_000
    found, real = np.corrcoef(Mosaic(x, features, 1).draw(n, rng).T), np.corrcoef(x.T)
    same = np.equal.outer(features.genes, features.genes)
    np.testing.assert_allclose(found[same], real[same], atol=5 / np.sqrt(n))
    assert np.abs(found[~same]).max() < 5 / np.sqrt(n)


def test_gaussian__rank_zero_is_independent_normal_features():
    x = np.random.default_rng(0).normal(3, 2, (50, 12)).astype(np.float32)
    generator = Gaussian(x, FeatureOrigins([0] * 12, ["1"] * 12), 0)
    assert generator.factors.shape == (0, 12)
    np.testing.assert_allclose(generator.deviation, x.std(0, ddof=1), rtol=1e-5)
    n = 50_000
    found = np.corrcoef(generator.draw(n, np.random.default_rng(1)).T)
    assert np.abs(found[~np.eye(12, dtype=bool)]).max() < 5 / np.sqrt(n)
