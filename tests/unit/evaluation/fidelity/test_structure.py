"""Structure, relatedness and polygenic scores against other libraries and planted cases."""

import numpy as np
import pytest
from scipy.stats import wasserstein_distance_nd
from sklearn.decomposition import PCA
from sklearn.linear_model import Ridge
from sklearn.metrics import roc_auc_score

from genodiff.evaluation.fidelity.people import CANDIDATE, TEST, TRAIN
from genodiff.evaluation.fidelity.score import centred, penalty
from genodiff.evaluation.fidelity.structure import HudsonFst, axes_of, scaled, wasserstein


@pytest.mark.parametrize("individuals", [50, 500])
def test_axes__are_those_of_sklearn(individuals, draw_set):
    dosage = draw_set(np.random.default_rng(0), individuals).dosage[:300].T
    mean, scale, loadings = axes_of(dosage, 5)
    x = scaled(dosage, mean, scale)
    expected = PCA(5, svd_solver="full").fit(x).components_
    assert np.abs(np.diag(expected @ loadings)) == pytest.approx(np.ones(5), abs=1e-4)
    assert np.square(loadings).sum(0) == pytest.approx(np.ones(5), abs=1e-5)


@pytest.mark.parametrize("dimensions", [1, 2, 10])
def test_wasserstein__is_that_of_scipy(dimensions):
    rng = np.random.default_rng(dimensions)
    a, b = rng.normal(size=(40, dimensions)), rng.normal(0.5, 2, size=(40, dimensions))
    expected = wasserstein_distance_nd(a, b) / np.sqrt(b.var(0).sum())
    assert wasserstein(a, b) == pytest.approx(expected)
    assert wasserstein(a, a[::-1]) == pytest.approx(0)


def test_fst__by_hand_and_of_populations():
    """One SNP with frequencies .75 (2 individuals) and .25 (3): n - 1 of alleles is 3 and 5."""
    fst = HudsonFst()
    fst.add(np.array([[0, 1, 1]]), np.array([[2.0, 0.5, 0.5]]))
    numerator = 0.25 - 0.75 * 0.25 / 3 - 0.25 * 0.75 / 5
    assert fst.fst() == pytest.approx(numerator / (0.75 * 0.75 + 0.25 * 0.25))
    assert np.isnan(HudsonFst().fst()).all()


def test_structure__sees_another_population_and_lost_variance(sets, compare, draw_set):
    rng = np.random.default_rng(1)
    own = draw_set(rng, 300)
    null = compare("structure", sets)
    good = compare("structure", sets | {CANDIDATE: own})
    assert good["wasserstein_pc2"] == pytest.approx(null["wasserstein_pc2"], abs=0.1)
    assert abs(null["fst"]) < 0.003
    own.dosage = np.where(rng.random((len(own.dosage), 1)) < 0.3, 2 - own.dosage, own.dosage)
    other = compare("structure", sets | {CANDIDATE: own.take(slice(None))})
    assert other["wasserstein_pc2"] > 1.5 * null["wasserstein_pc2"]
    assert other["fst"] > 0.05
    own = draw_set(rng, 300, switch=1.0)  # without linkage every score is near the mean
    assert compare("structure", sets | {CANDIDATE: own})["variance_pc2"] < 0.7


def test_structure__points_are_of_as_many_individuals(sets, compare):
    points = compare("structure", sets).metric.curves()
    assert len(points["train"]) == len(points["candidate"]) == 80
    assert np.std(points["train"]) == pytest.approx(1, abs=0.05)


def test_relatedness__finds_planted_copies_and_relatives(sets, compare, draw_set):
    """4,000 independent SNPs, so that kinship can be judged."""
    rng = np.random.default_rng(2)

    def people(count):
        one = draw_set(rng, count)
        one.dosage = rng.binomial(2, 0.3, (4000, count)).astype(np.int8)
        return one

    sets = {TRAIN: people(300), TEST: people(100), CANDIDATE: people(150)}
    clean = compare("relatedness", sets, snps=4000)
    assert clean["within_duplicates"] == clean["train_duplicates"] == clean["test_duplicates"] == 0
    assert clean["train_largest"] < 0.4
    sets[CANDIDATE].dosage[:, :30] = sets[TRAIN].dosage[:, 100:130]
    sets[CANDIDATE].dosage[:, 30:33] = sets[CANDIDATE].dosage[:, 40:43]
    sets[CANDIDATE].dosage[:, 50] = sets[TEST].dosage[:, 50]
    planted = compare("relatedness", sets, snps=4000)
    assert planted["train_duplicates"] == pytest.approx(30 / 150)
    assert planted["within_duplicates"] == pytest.approx(6 / 150)
    assert planted["test_duplicates"] == pytest.approx(1 / 150)
    assert planted["train_largest"] == pytest.approx(0.5)
    assert planted["train_second_degree"] == pytest.approx(0.2, abs=0.08)
    assert clean["train_second_degree"] < 0.1


def test_relatedness__an_almost_exact_copy_is_no_duplicate_but_has_a_high_kinship(sets, compare):
    copies = sets[TRAIN].take(slice(0, 200))
    copies.dosage = copies.dosage.copy()
    copies.dosage[0] = (copies.dosage[0] + 1) % 3
    run = compare("relatedness", sets | {CANDIDATE: copies})
    assert run["train_duplicates"] == 0
    assert run["train_largest"] > 0.48


def test_relatedness__few_independent_snps_cannot_be_judged(sets, compare):
    """20 SNPs of a gene are linked; 20 genes."""
    run = compare("relatedness", sets, snps=100)
    assert run["within_second_degree"] is None
    assert run["within_largest"] is not None


def test_score__is_that_of_ridge_regression(sets, compare, draw_set):
    sets[CANDIDATE] = draw_set(np.random.default_rng(3), 150)
    run = compare("score", sets, repeats=2)
    fit = run.metric._fits[CANDIDATE]
    frequency = run.metric.sites.frequency
    scale = np.sqrt(2 * frequency * (1 - frequency))
    scale[scale == 0] = np.inf
    x, test = ((sets[name].dosage.T - 2 * frequency) / scale for name in (CANDIDATE, TEST))
    labels, rng = sets[CANDIDATE].labels[fit.pool], np.random.default_rng([0, 1])
    found, ridge = [], None
    for _ in range(2):
        places = np.sort(
            np.concatenate(
                [
                    rng.permutation(np.flatnonzero(labels == c))[:count]
                    for c, count in enumerate(run.metric._each)
                ]
            )
        )
        rows = fit.pool[places]
        own = x[rows] - x[rows].mean(0)
        gram = own @ own.T
        diagonal = np.trace(gram) / len(gram)
        y = np.eye(2)[labels[places]] - np.eye(2)[labels[places]].mean(0)
        ridge = penalty(gram / diagonal, y) if ridge is None else ridge
        model = Ridge(alpha=ridge * diagonal).fit(x[rows], labels[places])
        found.append(roc_auc_score(sets[TEST].labels, model.predict(test)))
    assert run["auc"] == pytest.approx(np.mean(found), abs=1e-6)


def test_centred__individuals_that_are_all_the_same_do_not_differ_by_rounding():
    rng = np.random.default_rng(6)
    x = np.repeat(rng.standard_normal((1, 3000)), 50, axis=0)
    # Float32 products of equal rows may differ in the last digits.
    gram = (x @ x.T) * (1 + 1e-7 * rng.standard_normal((50, 50)))
    assert not centred(gram).any()
    assert not centred(np.zeros((50, 50))).any()
    assert centred(gram + np.eye(50)).any()


def test_penalty__has_the_smallest_leave_one_out_error(draw_set):
    one = draw_set(np.random.default_rng(4), 60)
    x = (one.dosage - one.dosage.mean(1, keepdims=True)).T.astype(float)
    gram, y = centred(x @ x.T), np.eye(2)[one.labels]
    y -= y.mean(0)
    errors = {}
    for share in (0.01, 0.1, 0.4, 0.8):
        ridge = (1 - share) / share
        scale = np.trace(x @ x.T) / len(x)
        residuals = []
        for left in range(60):
            rest = np.arange(60) != left
            model = Ridge(alpha=ridge * scale).fit(x[rest], y[rest])
            residuals.append(y[left] - model.predict(x[left : left + 1])[0])
        errors[ridge] = np.square(residuals).mean()
    chosen = penalty(gram, y)
    near = min(errors, key=errors.get)
    assert chosen == pytest.approx(near, rel=3)
