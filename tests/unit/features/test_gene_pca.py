"""Principal components of one gene, against scikit-learn."""

import tracemalloc

import numpy as np
import pytest
from sklearn.decomposition import PCA

from genodiff.features import pca as pca_module
from genodiff.features.pca import (
    component_count,
    fit,
    impute,
    inverse_transform,
    needed_bytes,
    training_mean,
    transform,
)


def gene(snps, individuals, seed=0):
    """Dosages int8 (V, N) with linkage: a few haplotypes shared by all individuals, and noise."""
    rng = np.random.default_rng(seed)
    haplotypes = rng.integers(0, 2, (snps, 6))
    dosage = (
        haplotypes[:, rng.integers(0, 6, individuals)] + haplotypes[:, rng.integers(0, 6, individuals)]
    )
    noise = rng.random(dosage.shape) < 0.1
    dosage = np.where(noise, rng.integers(0, 3, dosage.shape), dosage)
    dosage[:, 0], dosage[:, 1] = 0, 1  # every SNP polymorphic
    return dosage.astype(np.int8)


def reference(dosage, k):
    """scikit-learn's fit, its components flipped so that the largest loading is positive."""
    pca = PCA(svd_solver="full").fit(dosage.T.astype(float))
    rows = pca.components_[:k]
    signs = np.sign(rows[np.arange(len(rows)), np.abs(rows).round(9).argmax(1)])
    return pca, rows * signs[:, None]


@pytest.mark.parametrize(
    ("snps", "individuals"), [(6, 50), (30, 200), (25, 25), (40, 15), (3, 2), (300, 60)]
)
def test_fit__agrees_with_scikit_learn(snps, individuals):
    training, held_out = gene(snps, individuals, 1), gene(snps, 20, 2)
    model = fit(training, 8)
    k = len(model.loadings)
    assert k == min(8 if snps > 20 else 4 if snps > 4 else 1, individuals - 1)
    pca, loadings = reference(training, k)
    np.testing.assert_allclose(model.mean, pca.mean_)
    np.testing.assert_allclose(model.loadings, loadings, atol=1e-7)
    np.testing.assert_allclose(model.explained_variance, pca.explained_variance_[:k], rtol=1e-7)
    np.testing.assert_allclose(model.total_variance, training.var(1, ddof=1).sum())
    scores = (held_out.T - pca.mean_) @ loadings.T
    np.testing.assert_allclose(transform(model, held_out), scores.T, atol=1e-6)


@pytest.mark.parametrize("individuals", [8, 60])
def test_fit__linked_snps_give_no_more_components_than_the_rank(individuals):
    # 24 SNPs that are copies of 3, as perfect linkage makes them: more than 20 SNPs, rank 3.
    three = np.random.default_rng(3).integers(0, 3, (3, individuals)).astype(np.int8)
    model = fit(np.repeat(three, 8, axis=0), 8)
    assert model.loadings.shape == (3, 24)
    assert model.explained_variance.min() > 1e-3
    np.testing.assert_allclose(model.explained_variance.sum(), model.total_variance)


@pytest.mark.parametrize(("snps", "individuals"), [(30, 200), (40, 12)])
def test_fit__loadings_are_orthonormal_and_training_scores_have_the_variances(snps, individuals):
    training = gene(snps, individuals)
    model = fit(training, 8)
    np.testing.assert_allclose(model.loadings @ model.loadings.T, np.eye(8), atol=1e-9)
    scores = transform(model, training)
    np.testing.assert_allclose(np.cov(scores), np.diag(model.explained_variance), atol=1e-9)
    np.testing.assert_allclose(scores.mean(1), 0, atol=1e-9)


@pytest.mark.parametrize(("snps", "individuals"), [(30, 200), (40, 25)])
def test_fit__sign_and_components_do_not_depend_on_the_order_of_individuals(snps, individuals):
    training = gene(snps, individuals)
    shuffled = training[:, np.random.default_rng(7).permutation(individuals)]
    model, other = fit(training, 8), fit(shuffled, 8)
    np.testing.assert_allclose(model.loadings, other.loadings, atol=1e-7)
    assert (model.loadings.max(1) >= -model.loadings.min(1)).all()


def test_fit__of_equal_loadings_the_first_is_positive():
    one = np.array([0, 1, 2, 0, 1], np.int8)
    for pair in ([one, 2 - one], [2 - one, one]):
        np.testing.assert_allclose(fit(np.stack(pair), 8).loadings, [[0.5**0.5, -(0.5**0.5)]])


@pytest.mark.parametrize(("snps", "kept"), [(1, 1), (4, 1), (5, 4), (20, 4), (21, 8), (500, 8)])
def test_component_count__rule_of_luo(snps, kept):
    variances = np.arange(50.0, 0, -1)
    assert component_count(snps, variances, 8, None) == kept
    assert component_count(snps, variances, 3, None) == min(3, kept)
    assert component_count(snps, np.array([2.0, 1.0, 0.0, 0.0]), 8, None) == min(2, kept)


@pytest.mark.parametrize(
    ("share", "kept"), [(0.3, 1), (0.5, 1), (0.51, 2), (0.75, 2), (0.76, 3), (0.9, 3), (1.0, 4)]
)
def test_component_count__smallest_that_explains_the_share(share, kept):
    assert component_count(30, np.array([5.0, 2.5, 1.5, 1.0, 0.0]), 8, share) == kept


def test_component_count__explained_is_capped_too():
    assert component_count(3, np.ones(20), 8, 0.9) == 8
    assert component_count(3, np.ones(20), 64, 0.9) == 18


@pytest.mark.parametrize("share", [0.5, 0.8, 0.95])
def test_fit__by_explained_variance_agrees_with_scikit_learn(share):
    training = gene(60, 200)
    ratios = PCA(svd_solver="full").fit(training.T.astype(float)).explained_variance_ratio_.cumsum()
    model = fit(training, 64, share)
    k = len(model.loadings)
    assert ratios[k - 1] >= share > (ratios[k - 2] if k > 1 else 0)


def test_training_mean__leaves_missing_calls_out():
    dosage = np.array([[0, 1, -1, 2], [-1, -1, 2, 1]], np.int8)
    assert training_mean(dosage).tolist() == [1.0, 1.5]
    assert impute(dosage, np.array([0.25, 1.5])).tolist() == [[0, 1, 0.25, 2], [1.5, 1.5, 2, 1]]


@pytest.mark.parametrize(("snps", "individuals"), [(10, 80), (40, 20)])
def test_fit_and_transform__missing_calls_are_the_training_mean(snps, individuals):
    training, held_out = gene(snps, individuals, 4), gene(snps, 9, 5)
    rng = np.random.default_rng(6)
    for dosage in (training, held_out):
        dosage[rng.random(dosage.shape) < 0.1] = -1
    held_out[:, 0] = -1
    model = fit(training, 8)
    # Means of the calls there are, in place of the others, then scikit-learn as it is.
    mean = np.array([row[row >= 0].mean() for row in training])
    filled = np.where(training < 0, mean[:, None], training)
    _, loadings = reference(filled, len(model.loadings))
    np.testing.assert_allclose(model.loadings, loadings, atol=1e-7)
    scores = transform(model, held_out)
    expected = loadings @ (np.where(held_out < 0, mean[:, None], held_out) - mean[:, None])
    np.testing.assert_allclose(scores, expected, atol=1e-6)
    np.testing.assert_allclose(scores[:, 0], 0, atol=1e-12)


@pytest.mark.parametrize(("snps", "individuals"), [(12, 100), (8, 8)])
def test_inverse_transform__is_exact_at_full_rank_for_everybody(snps, individuals):
    model = fit(gene(snps, individuals + 20), 64, 1.0)
    assert len(model.loadings) == snps
    held_out = gene(snps, 30, 9)
    np.testing.assert_allclose(inverse_transform(model, transform(model, held_out)), held_out, atol=1e-9)


def test_inverse_transform__of_fewer_components_loses_the_variance_left_out():
    training = gene(40, 200)
    model = fit(training, 8)
    back = inverse_transform(model, transform(model, training))
    lost = ((back - training) ** 2).sum() / (training.shape[1] - 1)
    np.testing.assert_allclose(lost, model.total_variance - model.explained_variance.sum())


@pytest.mark.parametrize(
    ("dosage", "says"),
    [
        (np.zeros((3, 1), np.int8), "two individuals and a SNP, got 1 and 3"),
        (np.zeros((0, 9), np.int8), "got 9 and 0"),
        (np.ones((3, 9), np.int8), "without variance"),
        (np.ones((9, 3), np.int8), "without variance"),
    ],
)
def test_fit__raises_without_individuals_snps_or_variance(dosage, says):
    with pytest.raises(ValueError, match=says):
        fit(dosage, 8)


def with_missing(dosage, share, seed=0):
    """A copy with that share of calls missing."""
    return np.where(np.random.default_rng(seed).random(dosage.shape) < share, -1, dosage).astype(np.int8)


def filled(dosage, training):
    """Dosages float64 (V, N) with missing calls at the training individuals' mean, by loops."""
    rows = []
    for row in dosage:
        called = row[training][row[training] >= 0]
        rows.append([called.mean() if call < 0 else float(call) for call in row])
    return np.array(rows)


@pytest.fixture
def small_blocks(monkeypatch):
    """Blocks of 7 individuals or SNPs, of which 21 individuals are summed as float32 before float64
    takes over."""
    monkeypatch.setattr(pca_module, "BLOCK_BYTES", 1)
    monkeypatch.setattr(pca_module, "LEAST_BLOCK", 7)
    monkeypatch.setattr(pca_module, "_EXACT_INDIVIDUALS", 21)


@pytest.mark.parametrize("missing", [0, 0.1])
@pytest.mark.parametrize(("snps", "individuals"), [(12, 100), (12, 98), (30, 25), (30, 28), (9, 5)])
def test_fit_and_transform__do_not_depend_on_the_blocks(request, snps, individuals, missing):
    training, held_out = gene(snps, individuals, 1), gene(snps, 23, 2)
    training, held_out = with_missing(training, missing), with_missing(held_out, missing)
    model = fit(training, 8)
    whole = transform(model, held_out)
    request.getfixturevalue("small_blocks")
    again = fit(training, 8)
    np.testing.assert_allclose(again.mean, model.mean, rtol=1e-15)
    np.testing.assert_allclose(again.loadings, model.loadings, atol=1e-9)
    np.testing.assert_allclose(again.explained_variance, model.explained_variance, rtol=1e-11)
    np.testing.assert_allclose(again.total_variance, model.total_variance, rtol=1e-13)
    np.testing.assert_allclose(transform(model, held_out), whole, atol=1e-13)


@pytest.mark.parametrize("missing", [0, 0.05])
@pytest.mark.parametrize(("snps", "individuals"), [(10, 90), (40, 30), (40, 55)])
def test_fit__training_individuals_among_others_are_as_if_alone(snps, individuals, missing):
    dosage = with_missing(gene(snps, individuals, 3), missing)
    training = np.random.default_rng(4).random(individuals) < 0.6
    model, alone = fit(dosage, 8, None, training), fit(dosage[:, training], 8)
    _, loadings = reference(filled(dosage, training)[:, training], len(model.loadings))
    np.testing.assert_allclose(model.loadings, loadings, atol=1e-7)
    np.testing.assert_allclose(model.loadings, alone.loadings, atol=1e-9)
    np.testing.assert_allclose(model.mean, alone.mean, rtol=1e-15)
    # To the bit: what others have shapes nothing, missing calls included.
    changed = dosage.copy()
    changed[:, ~training] = (changed[:, ~training] + 2) % 4 - 1
    other = fit(changed, 8, None, training)
    for name in ("mean", "loadings", "explained_variance", "total_variance"):
        np.testing.assert_array_equal(getattr(other, name), getattr(model, name))


@pytest.mark.parametrize("missing", [0, 0.01])
def test_fit__agrees_with_scikit_learn_in_a_large_cohort(missing):
    individuals = 20_011  # many blocks, the last one not full
    training = with_missing(gene(24, individuals, 5), missing)
    model = fit(training, 8)
    whole = filled(training, np.ones(individuals, bool))
    pca, loadings = reference(whole, 8)
    np.testing.assert_allclose(model.mean, pca.mean_, rtol=1e-14)
    np.testing.assert_allclose(model.loadings, loadings, atol=1e-9)
    np.testing.assert_allclose(model.explained_variance, pca.explained_variance_[:8], rtol=1e-10)
    expected = loadings @ (whole - pca.mean_[:, None])
    np.testing.assert_allclose(transform(model, training), expected, atol=1e-9)


@pytest.mark.parametrize("individuals", [60_000, 5_000_000])
def test_fit__products_of_large_dosages_are_exact(individuals):
    # Common alleles: sums of products near 4 N, far above the variances that are left of them; in the
    # second case above 2^24, up to which float32 counts.
    training = np.full((3, individuals), 2, np.int8)
    training[0, :3] = training[1, 2:4] = training[2, 3:4] = 1
    n, rare = individuals, [{0, 1, 2}, {2, 3}, {3}]
    exact = np.array([[len(a & b) - len(a) * len(b) / n for b in rare] for a in rare]) / (n - 1)
    model = fit(training, 8, 1.0)
    assert len(model.loadings) == 3
    found = model.loadings.T @ np.diag(model.explained_variance) @ model.loadings
    np.testing.assert_allclose(found, exact, rtol=1e-9, atol=1e-15)


def test_transform__float32_is_the_rounded_float64():
    dosage = gene(30, 500)
    model = fit(dosage, 8)
    scores = transform(model, dosage, np.float32)
    assert scores.dtype == np.float32
    np.testing.assert_array_equal(scores, transform(model, dosage).astype(np.float32))


@pytest.mark.parametrize("missing", [0, 0.1])
@pytest.mark.parametrize(("snps", "individuals"), [(40, 5000), (3000, 50), (3000, 0)])
def test_fit_and_transform__hold_no_float_copy(snps, individuals, missing):
    # Sizes of what NumPy asks for, which `needed_bytes` bounds.
    individuals = individuals or 900
    dosage = with_missing(gene(snps, individuals), missing)
    training = np.arange(individuals) % 5 > 0
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    transform(fit(dosage, 8, None, training), dosage, np.float32)
    taken = tracemalloc.get_traced_memory()[1] - before
    tracemalloc.stop()
    results = 8 * (8 * snps + 8 * individuals) * 2
    assert taken <= needed_bytes(snps, individuals, int(training.sum())) + results
    if individuals == 900:
        assert taken < 8 * dosage.size


def test_needed_bytes__grows_with_individuals_for_scores_only():
    assert needed_bytes(40, 500_000, 400_000) == needed_bytes(40, 10_000, 8_000)
    assert needed_bytes(5000, 10_000, 8_000) >= 16 * 5000**2
    assert needed_bytes(50_000, 10_000, 8_000) >= 16 * 8000**2
