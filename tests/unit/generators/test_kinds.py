"""What every generator that is fitted class by class promises, and each one's own properties."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genodiff.generators import KINDS
from genodiff.generators.base import FeatureOrigins, feature_origins
from genodiff.generators.copies import gene_parts
from genodiff.generators.copying import Copying
from genodiff.generators.gaussian import Gaussian
from genodiff.generators.independent import Independent
from genodiff.generators.mosaic import Mosaic, block_numbers
from genodiff.runtime.errors import InputError


def assert_uniform_pairs(a, b, individuals):
    """Numbers a (n,) and b (n,) below `individuals` are independent and uniform: all pairs equally
    often."""
    times = np.bincount(a * individuals + b, minlength=individuals**2)
    expected = len(a) / individuals**2
    assert len(times) == individuals**2
    assert np.abs(times - expected).max() < 5 * np.sqrt(expected)


def drawn(generator, x, count, rng):
    """Individuals float32 (count, D) of a class whose training individuals are x (N, D)."""
    return generator.draw_class(generator.fit_class(x.copy()), count, rng)


class TestEveryKind:
    @pytest.fixture
    def generator(self, kind, settings, layout):
        return KINDS[kind].load()(layout, **settings)

    def test_training_individuals_stay_as_they_are(self, generator, x, rng):
        before = x.copy()
        drawn(generator, x, 20, rng)[:] = 0
        np.testing.assert_array_equal(x, before)

    def test_mean_and_variance_of_every_feature_are_the_training_individuals(self, generator, x, rng):
        found, n = drawn(generator, x, 20_000, rng).astype(float), 20_000
        x = x.astype(float)
        assert (np.abs(found.mean(0) - x.mean(0)) < 5 * x.std(0) / np.sqrt(n)).all()
        # The variance of n normal values is off by sqrt(2 / n), 1%.
        np.testing.assert_allclose(found.var(0), x.var(0), rtol=0.05)

    def test_feature_without_variance_has_none(self, generator, x, rng):
        x[:, 5] = 2.5
        np.testing.assert_allclose(drawn(generator, x, 30, rng)[:, 5], 2.5, atol=1e-5)

    def test_class_of_two_individuals_is_enough(self, generator, x, rng):
        found = drawn(generator, x[:2], 30, rng)
        assert np.isfinite(found).all()
        assert (found.std(0) > 0).all()


@pytest.fixture
def gaussian(layout):
    """Function: the model of a Gaussian of a rank fitted to x, and the covariance float64 (D, D) from
    which it draws."""

    def fit(x, rank):
        model = Gaussian(layout, rank).fit_class(x.copy())
        factors = model["factors"].astype(float)
        return model, factors.T @ factors + np.diag(model["residual_sd"].astype(float) ** 2)

    return fit


@pytest.mark.parametrize("rank", [12, 500])
@pytest.mark.parametrize("individuals", [300, 5])  # more and fewer than features
def test_gaussian__full_rank_is_the_sample_covariance(x, gaussian, rank, individuals):
    x = x[:individuals]
    model, found = gaussian(x, rank)
    expected = np.cov(x.T.astype(float))
    assert np.linalg.matrix_rank(expected) == min(12, individuals - 1)
    np.testing.assert_allclose(found, expected, atol=1e-5 * expected.max())
    np.testing.assert_allclose(model["mean"], x.mean(0, dtype=float), rtol=1e-5)


@pytest.mark.parametrize("rank", [0, 3, 12])
def test_gaussian__individuals_have_the_fitted_covariance(x, gaussian, layout, rng, rank):
    n, (model, expected) = 100_000, gaussian(x, rank)
    found = np.cov(Gaussian(layout, rank).draw_class(model, n, rng).T.astype(float))
    variance = np.diag(expected)
    error = np.sqrt((np.outer(variance, variance) + expected**2) / n)
    assert (np.abs(found - expected) < 5 * error).all()


@pytest.mark.parametrize("rank", [1, 2, 6])
def test_gaussian__low_rank_keeps_the_leading_components_and_every_variance(x, gaussian, rank):
    (model, fitted), full = gaussian(x, rank), np.cov(x.T.astype(float))
    values, vectors = np.linalg.eigh(full)
    leading = (vectors[:, -rank:] * values[-rank:]) @ vectors[:, -rank:].T
    found = model["factors"].astype(float)
    assert found.shape == (rank, 12)
    np.testing.assert_allclose(found.T @ found, leading, atol=0.01 * values[-1])
    np.testing.assert_allclose(np.diag(fitted), np.diag(full), rtol=1e-4)


def test_gaussian__finds_the_leading_components_among_many_features(rng, gaussian):
    # Two strong components above a floor of noise, as gene scores have.
    common = rng.standard_normal((300, 2)) @ rng.standard_normal((2, 200)) * 0.3
    x = (common + rng.standard_normal((300, 200))).astype(np.float32)
    model, _ = gaussian(x, 8)
    values = np.linalg.eigvalsh(np.cov(x.T.astype(float)))[::-1][:8]
    found = np.square(model["factors"].astype(float)).sum(1)
    np.testing.assert_allclose(found, values, rtol=0.02)


def test_gaussian__rank_zero_is_independent_normal_features(x, gaussian):
    model, found = gaussian(x, 0)
    assert model["factors"].shape == (0, 12)
    np.testing.assert_allclose(model["residual_sd"], x.std(0, ddof=1), rtol=1e-5)
    np.testing.assert_array_equal(found[~np.eye(12, dtype=bool)], 0)


@pytest.mark.parametrize("individuals", [0, 1])
def test_gaussian__raises_on_a_class_without_covariance(x, gaussian, individuals):
    with pytest.raises(InputError, match=r"generator gaussian: .* no covariance"):
        gaussian(x[:individuals], 4)


def test_independent__every_value_is_a_training_value_of_its_feature(donors, layout, rng):
    found = drawn(Independent(layout), donors(30), 2_000, rng)
    feature, individual = np.divmod(found.astype(int), 100)
    assert (feature == np.arange(12)).all()
    # Each feature has all individuals for a donor now and then.
    assert all(set(column) == set(range(30)) for column in individual.T)


def test_independent__features_of_one_gene_have_donors_of_their_own(donors, layout, rng):
    individual = drawn(Independent(layout), donors(4), 16_000, rng).astype(int) % 100
    for a, b in [(0, 1), (1, 2), (5, 6), (0, 11)]:
        assert_uniform_pairs(individual[:, a], individual[:, b], 4)


def test_independent__correlations_vanish(x, layout, rng):
    n, off = 20_000, ~np.eye(12, dtype=bool)
    assert np.abs(np.corrcoef(x.T)[off]).max() > 0.7
    assert np.abs(np.corrcoef(drawn(Independent(layout), x, n, rng).T)[off]).max() < 5 / np.sqrt(n)


@pytest.mark.parametrize(
    ("genes_per_block", "expected"),
    [
        (1, [0, 0, 0, 1, 2, 2, 3, 3, 3, 4, 4, 5]),
        (2, [0, 0, 0, 0, 1, 1, 2, 2, 2, 2, 2, 3]),
        (3, [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1]),
        (1000, [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1]),
    ],
)
def test_block_numbers__by_hand(layout, genes_per_block, expected):
    assert block_numbers(feature_origins(layout), genes_per_block).tolist() == expected


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
def test_mosaic__blocks_are_whole_and_from_random_individuals(donors, layout, rng, genes_per_block):
    block = block_numbers(feature_origins(layout), genes_per_block)
    found = drawn(Mosaic(layout, genes_per_block), donors(4), 16_000, rng)
    feature, individual = np.divmod(found.astype(int), 100)
    assert (feature == np.arange(12)).all()
    first = np.unique(block, return_index=True)[1]
    np.testing.assert_array_equal(individual, individual[:, first][:, block])
    for a in first:
        for b in first[first > a]:
            assert_uniform_pairs(individual[:, a], individual[:, b], 4)


def test_mosaic__blocks_as_large_as_a_chromosome_copy_chromosomes(x, layout, rng):
    found = drawn(Mosaic(layout, 10_000), x, 50, rng)
    for part in (slice(0, 6), slice(6, 12)):
        assert (found[:, None, part] == x[None, :, part]).all(-1).any(1).all()
    # And never whole individuals, but by chance, 1 in 300.
    assert (found[:, None] == x[None]).all(-1).any(1).sum() <= 3


def test_mosaic__keeps_correlations_within_a_gene_and_none_between_blocks(x, layout, rng):
    n, genes = 20_000, feature_origins(layout).genes
    found, real = np.corrcoef(drawn(Mosaic(layout, 1), x, n, rng).T), np.corrcoef(x.T)
    same = np.equal.outer(genes, genes)
    np.testing.assert_allclose(found[same], real[same], atol=5 / np.sqrt(n))
    assert np.abs(found[~same]).max() < 5 / np.sqrt(n)


class TestCopying:
    """Six genes with features: 0, 1 and 2 on chromosome 1, 4, 5 and 6 on chromosome 2."""

    @pytest.fixture
    def copied(self, layout, donors, rng):
        """Function: the donor int64 (count, 6) of each gene of new individuals, of so many training
        individuals."""

        def copy(individuals, count, effective_size=10_000, recombination=1, mutation=0):
            copying = Copying(layout, effective_size, recombination, mutation)
            found = drawn(copying, donors(individuals), count, rng).astype(int)
            feature, donor = np.divmod(found, 100)
            assert (feature == np.arange(12)).all()
            first = [0, 3, 4, 6, 9, 11]
            np.testing.assert_array_equal(donor, donor[:, first][:, copying.parts])  # whole genes
            return donor[:, first]

        return copy

    def test_without_switches_chromosomes_are_copied_whole(self, copied):
        for never in ({"effective_size": 0}, {"recombination": 0}):
            found = copied(4, 16_000, **never)
            np.testing.assert_array_equal(found, found[:, [0, 0, 0, 3, 3, 3]])
            assert_uniform_pairs(found[:, 0], found[:, 3], 4)

    def test_with_a_switch_at_every_gene_they_are_independent(self, copied):
        found = copied(4, 16_000, effective_size=1e9)
        for a in range(6):
            for b in range(a + 1, 6):
                assert_uniform_pairs(found[:, a], found[:, b], 4)

    @pytest.mark.parametrize("recombination", [0.5, 2])
    @pytest.mark.parametrize("individuals", [20, 60])
    def test_switches_are_as_frequent_as_li_and_stephens_say(self, copied, individuals, recombination):
        count, size = 40_000, 150
        found = copied(individuals, count, size, recombination)
        for gene, megabases in {1: 2, 2: 1, 4: 2, 5: 3}.items():
            morgans = megabases * recombination / 100
            probability = 1 - np.exp(-4 * size * morgans / (2 * individuals))
            # A switch may be to the same individual.
            expected = probability * (1 - 1 / individuals)
            switched = (found[:, gene] != found[:, gene - 1]).mean()
            assert abs(switched - expected) < 5 * np.sqrt(expected / count), gene

    @pytest.mark.parametrize("mutation", [0.02, 0.3])
    def test_a_mutation_concerns_one_gene(self, copied, mutation):
        count, individuals = 40_000, 50
        found = copied(individuals, count, effective_size=0, mutation=mutation)
        # Two genes differ where one or both are mutated, not to the same individual, however far they
        # are from each other.
        expected = (1 - (1 - mutation) ** 2) * (1 - 1 / individuals)
        for a, b in [(0, 1), (0, 2), (1, 2), (3, 4), (3, 5)]:
            differ = (found[:, a] != found[:, b]).mean()
            assert abs(differ - expected) < 5 * np.sqrt(expected / count), (a, b)

    def test_linkage_falls_with_distance(self, x, layout, rng):
        found = drawn(Copying(layout, 20_000, 1, 0), x, 40_000, rng)
        kept, real = np.corrcoef(found.T), np.corrcoef(x.T)
        rate = 4 * 20_000 / 600
        for (a, b), megabases in {(2, 3): 2, (3, 4): 1, (8, 9): 2, (10, 11): 3}.items():
            expected = real[a, b] * np.exp(-rate * megabases / 100)
            assert abs(kept[a, b] - expected) < 5 / np.sqrt(40_000)
        assert np.abs(kept[:6, 6:]).max() < 5 / np.sqrt(40_000)

    def test_a_layout_without_positions_is_refused(self, layout):
        genes = [replace(gene, position=None) for gene in layout.genes]
        with pytest.raises(InputError, match=r"layout\.json has no positions of genes; delete it"):
            Copying(replace(layout, genes=genes), 10_000, 1, 0)


def test_gene_parts__leave_out_genes_without_features(layout):
    genes, begins, parts = gene_parts(feature_origins(layout))
    assert genes.tolist() == [0, 1, 2, 4, 5, 6]
    assert begins.tolist() == [True, False, False, True, False, False]
    assert parts.tolist() == [0, 0, 0, 1, 2, 2, 3, 3, 3, 4, 4, 5]
