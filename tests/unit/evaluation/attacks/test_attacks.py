"""Every attack against what all of them promise, and each against another way to compute it."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.special import softmax
from scipy.stats import multivariate_normal, norm
from sklearn.covariance import LedoitWolf
from sklearn.metrics import roc_auc_score
from sklearn.metrics.pairwise import cosine_similarity

from genodiff.evaluation.attacks import ATTACKS
from genodiff.evaluation.attacks.attribute import Attribute
from genodiff.evaluation.attacks.base import Known
from genodiff.evaluation.attacks.denoiser import LEVELS, WhiteBox
from genodiff.evaluation.attacks.density_ratio import DensityRatio
from genodiff.evaluation.attacks.exact import ExactGenes, ExactRun, ExactValues, longest_runs
from genodiff.evaluation.attacks.frequency import Frequency
from genodiff.evaluation.attacks.kinship import Kinship
from genodiff.evaluation.attacks.nearest import NearestDifference
from genodiff.evaluation.neighbours.rows import join, rows_of
from genodiff.evaluation.neighbours.search import Budget

CPU = Budget(64, torch.device("cpu"))
TINY = replace(CPU, memory_mb=0.003)
GENES = np.repeat(np.arange(12), 3)
CLASSES, SNPS = 2, 150
every = pytest.mark.parametrize("name", ATTACKS)


def individuals(n, seed):
    """Normal individuals with correlated features, the classes apart."""
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % CLASSES
    x = rng.standard_normal((n, len(GENES))) + 0.3 * rng.standard_normal((n, 1)) + labels[:, None] / 2
    # One call in a hundred is missing.
    calls = rng.choice([-1, 0, 1, 2], p=[0.01, 0.33, 0.33, 0.33], size=(n, SNPS)).astype(np.int8)
    return rows_of(x.astype(np.float32), labels, calls)


def values(rows):
    """All values in float64."""
    return rows.read(slice(None)).astype(float)


def prepared(attack, synthetic, references, budget=CPU):
    """An attack with what it needs; `attack`: a name or a class."""
    kind = ATTACKS[attack].load() if isinstance(attack, str) else attack
    made = kind(Known(synthetic, GENES, CLASSES), budget, 0)
    made.refer(references)
    return made


def scores_of(attack, rows):
    """Scores; of an attack that learns, the mean of its features."""
    scores = attack.scores(rows)
    return scores.mean(1) if attack.learnt else scores


def auc(attack, members, others):
    """The area for members against others."""
    scores = np.concatenate([scores_of(attack, members), scores_of(attack, others)])
    return roc_auc_score(np.arange(len(scores)) < len(members), scores)


def resampled(rows, seed):
    """Each feature drawn on its own from the individuals of the class."""
    rng, x = np.random.default_rng(seed), values(rows)
    for number in range(CLASSES):
        own = np.flatnonzero(rows.labels == number)
        donors = own[rng.integers(len(own), size=(len(own), x.shape[1]))]
        x[own] = np.take_along_axis(values(rows), donors, 0)
    return rows_of(x.astype(np.float32), rows.labels)


class TestEveryAttack:
    @every
    def test_finds_the_training_individuals_themselves(self, name):
        # Labels, which are easy to guess here, are not guessed much better for members.
        least, found = 0.55 if name == "attribute" else 0.6, []
        for seed in range(3):
            members, others = individuals(60, 3 * seed + 1), individuals(60, 3 * seed + 2)
            attack = prepared(name, members, individuals(300, 3 * seed + 3))
            found.append(auc(attack, members, others))
        assert np.mean(found) > least

    @every
    def test_finds_nothing_in_individuals_of_nobody(self, name):
        # The error of this AUC is 0.014.
        members, others = individuals(800, 1), individuals(800, 2)
        attack = prepared(name, individuals(500, 3), individuals(300, 4))
        assert auc(attack, members, others) == pytest.approx(0.5, abs=0.045)

    @every
    def test_of_permuted_labels_finds_nothing(self, name):
        members, others = individuals(800, 1), individuals(800, 2)
        attack = prepared(name, members, individuals(300, 4))
        scores = np.concatenate([scores_of(attack, members), scores_of(attack, others)])
        truth = np.random.default_rng(0).permutation(np.arange(1600) < 800)
        assert roc_auc_score(truth, scores) == pytest.approx(0.5, abs=0.045)

    @every
    def test_individuals_that_are_there_several_times_count_as_often(self, name):
        rows, few, times = individuals(40, 1), individuals(9, 2), np.arange(30) % 7
        calls = few.dosages(slice(None))[times]
        copies = rows_of(few.read(slice(None))[times], few.labels[times], calls)
        repeated, copied = (prepared(name, own, individuals(60, 3)) for own in (few.take(times), copies))
        np.testing.assert_allclose(repeated.scores(rows), copied.scores(rows), rtol=1e-5, atol=1e-6)

    @every
    def test_a_score_depends_on_its_individual_only(self, name):
        rows, order = individuals(40, 1), np.random.default_rng(0).permutation(40)
        attack = prepared(name, individuals(50, 2), individuals(60, 3))
        whole, some = attack.scores(rows), attack.scores(rows.take(order[:7]))
        assert whole.shape == ((40, 10) if attack.learnt else (40,))
        assert np.isfinite(whole).all()
        np.testing.assert_allclose(some, whole[order[:7]], rtol=1e-5, atol=1e-7)

    @every
    def test_little_memory_makes_no_difference(self, name):
        known = individuals(50, 2), individuals(60, 3)
        much, little = (prepared(name, *known, budget) for budget in (CPU, TINY))
        rows = individuals(40, 1)
        np.testing.assert_allclose(little.scores(rows), much.scores(rows), rtol=1e-4, atol=1e-6)

    @every
    def test_more_features_than_individuals_and_one_class(self, name):
        one = [individuals(n, n) for n in (9, 10, 11)]
        one = [rows_of(values(rows), np.zeros(len(rows)), rows.calls) for rows in one]
        members, synthetic, references = one
        scores = prepared(name, synthetic, references).scores(members)
        assert np.isfinite(scores).all()

    @every
    def test_references_lack_a_class_and_are_as_one(self, name):
        references = rows_of(np.ones((6, len(GENES))), np.zeros(6))
        scores = prepared(name, individuals(20, 2), references).scores(individuals(10, 1))
        assert np.isfinite(scores).all()

    @every
    def test_only_its_own_declaration_makes_references_count(self, name):
        synthetic, rows = individuals(50, 2), individuals(40, 1)
        one, other = (prepared(name, synthetic, individuals(60, s)).scores(rows) for s in (3, 4))
        assert np.array_equal(one, other) == (not ATTACKS[name].load().uses_references)


def test_nearest_difference__is_that_of_scikit_learn():
    rows, synthetic, references = individuals(30, 1), individuals(40, 2), individuals(50, 3)
    distance = [
        np.sqrt(2 - 2 * cosine_similarity(values(rows), values(others)).max(1))
        for others in (references, synthetic)
    ]
    found = prepared(NearestDifference, synthetic, references).scores(rows)
    np.testing.assert_allclose(found, distance[0] - distance[1], atol=1e-6)


def test_density_ratio__is_that_of_scipy():
    rows, synthetic, references = individuals(30, 1), individuals(90, 2), individuals(80, 3)
    logs = []
    for others in (synthetic, references):
        fitted = LedoitWolf().fit(values(others))
        logs.append(multivariate_normal(fitted.location_, fitted.covariance_).logpdf(values(rows)))
    found = prepared(DensityRatio, synthetic, references).scores(rows)
    np.testing.assert_allclose(found, logs[0] - logs[1], rtol=1e-3, atol=1e-3)


def test_density_ratio__axes_are_principal_ones():
    synthetic, references = individuals(25, 2), individuals(30, 3)
    axes = prepared(DensityRatio, synthetic, references).axes
    x = np.concatenate([values(rows) - values(rows).mean(0) for rows in (synthetic, references)])
    expected = np.linalg.svd(x, full_matrices=False)[2][:15]
    assert axes.shape == (36, 15)
    np.testing.assert_allclose(np.abs(expected @ axes[:, ::-1]), np.eye(15), atol=1e-3)


def test_frequency__is_the_ratio_by_loops():
    rows, synthetic, references = individuals(10, 1), individuals(40, 2), individuals(50, 3)
    found = prepared(Frequency, synthetic, references).scores(rows)
    for x, label, score in zip(values(rows), rows.labels, found, strict=True):
        s, r = (values(others)[others.labels == label].mean(0) for others in (synthetic, references))
        ratio = ((x - r) ** 2).sum() / 2 - ((x - s) ** 2).sum() / 2
        assert score == pytest.approx(ratio / np.linalg.norm(s - r), rel=1e-5)


@pytest.mark.slow
def test_frequency__reaches_its_bound_with_exact_means_and_many_references():
    features, n, rng = 200, 100, np.random.default_rng(0)
    members, others, references = (
        rows_of(rng.standard_normal((count, features)), np.zeros(count)) for count in (n, 2000, 50_000)
    )
    attack = Frequency(Known(members, np.arange(features), 1), CPU, 0)
    attack.refer(references)
    bound = attack.bound(np.array([n]))
    assert bound == pytest.approx(norm.cdf(1))
    assert auc(attack, members, others) == pytest.approx(bound, abs=0.03)


def test_exact__by_loops():
    # Few whole numbers, so that much recurs.
    rng = np.random.default_rng(0)
    x, s = (rng.integers(-1, 2, (n, len(GENES))).astype(np.float32) for n in (30, 40))
    rows, synthetic = (rows_of(v, np.zeros(len(v))) for v in (x, s))
    same = (x[:, None] == s[None]).reshape(30, 40, 12, 3)
    attacks = {
        ExactValues: same.any(1).sum((1, 2)),
        ExactGenes: same.all(-1).any(1).sum(1),
        ExactRun: [max(_run(shared) for shared in pairs) for pairs in same.all(-1)],
    }
    for attack, expected in attacks.items():
        assert prepared(attack, synthetic, rows).scores(rows).tolist() == list(expected), attack


def _run(shared):
    """Longest run of true values."""
    best = now = 0
    for value in shared:
        now = now + 1 if value else 0
        best = max(best, now)
    return best


@pytest.mark.parametrize("length", [1, 5, 16, 40, 100])
def test_longest_runs__within_an_eighth(length):
    rng = np.random.default_rng(length)
    own, others = (rng.integers(0, 2**32, (120, n), np.uint32) for n in (5, 6))
    own[10 : 10 + length, 2] = others[10 : 10 + length, 4]
    found = longest_runs(own, others)
    assert found[[0, 1, 3, 4]].tolist() == [0] * 4
    assert length * 7 / 8 <= found[2] <= length
    assert length > 16 or found[2] == length


def test_nearest__attacks_that_share_what_they_know_score_as_each_alone():
    members, others, references = individuals(40, 1), individuals(30, 2), individuals(50, 3)
    known = Known(individuals(45, 4), GENES, CLASSES)
    sets = members.take(np.arange(0, 40, 3)), members, others.take(np.arange(20)), others
    for name in ("nearest", "nearest_difference"):
        shared, alone = ATTACKS[name].load()(known, CPU, 0), prepared(name, known.synthetic, references)
        shared.refer(references)
        for rows in sets:
            np.testing.assert_allclose(shared.scores(rows), alone.scores(rows), atol=1e-9)
    distances = cosine_similarity(values(members), values(known.synthetic)).max(1)
    np.testing.assert_allclose(ATTACKS["nearest"].load()(known, CPU, 0).scores(members), distances)


def test_exact__rounding_errors_do_not_count():
    rows = individuals(30, 1)
    moved = rows_of(values(rows) + 1e-6, rows.labels)
    assert prepared(ExactGenes, moved, rows).scores(rows).mean() > 0.95 * 12


def test_independent_resampling_is_found_by_values_and_means_but_not_by_nearest_neighbours():
    """The case of the `independent` reference: no individual is copied, and every value is."""
    features = 240
    genes = np.arange(features) // 4
    rng = np.random.default_rng(5)
    train, others, references = (
        rows_of(rng.standard_normal((n, features)), np.arange(n) % 2) for n in (200, 200, 2000)
    )
    known = Known(resampled(train, 0), genes, 2)
    found = {}
    for name in ("nearest", "frequency", "exact_values"):
        attack = ATTACKS[name].load()(known, CPU, 0)
        attack.refer(references)
        found[name] = auc(attack, train, others)
    # The error is 0.03.
    assert found["nearest"] < 0.6
    assert found["frequency"] > 0.7
    assert found["exact_values"] > 0.99


PLANTED = ["nearest", "nearest_difference", "exact_genes", "exact_run", "kinship", "denoiser"]


@pytest.mark.parametrize("name", PLANTED)
def test_planted_copies_have_the_highest_scores(name):
    train, unseen = individuals(100, 1), individuals(80, 3)
    copies = np.arange(0, 100, 10)
    planted = join(unseen, train.take(copies), 64, ".")
    scores = scores_of(prepared(name, planted, individuals(60, 4)), train)
    assert set(np.argsort(scores)[-10:]) == set(copies)


def test_kinship__is_the_largest_of_the_paper_s_equation_by_loops():
    rows, synthetic = individuals(6, 1), individuals(9, 2)
    found = prepared(Kinship, synthetic, rows).scores(rows)
    for own, score in zip(rows.dosages(slice(None)), found, strict=True):
        values = []
        for other in synthetic.dosages(slice(None)):
            both = [(a, b) for a, b in zip(own.tolist(), other.tolist(), strict=True) if min(a, b) >= 0]
            fewest = min(sum(a == 1 for a, _ in both), sum(b == 1 for _, b in both))
            values.append(0.5 - sum((a - b) ** 2 for a, b in both) / (4 * fewest))
        assert score == pytest.approx(max(values), abs=1e-5)


def test_kinship__copies_have_one_half_and_children_a_quarter():
    rng, snps = np.random.default_rng(0), 20_000
    haplotypes = rng.integers(0, 2, (4, snps), np.int8)  # of two parents
    child = haplotypes[np.arange(snps) % 2, np.arange(snps)] + haplotypes[2]
    parents = np.stack([haplotypes[:2].sum(0), haplotypes[2:].sum(0)]).astype(np.int8)
    stranger = rng.integers(0, 2, (2, snps), np.int8).sum(0).astype(np.int8)
    rows, synthetic = (
        rows_of(np.ones((len(calls), len(GENES))), np.zeros(len(calls)), calls)
        for calls in (np.stack([child, parents[0], stranger]), np.stack([parents[0], stranger]))
    )
    found = prepared(Kinship, synthetic, rows).scores(rows)
    np.testing.assert_allclose(found, [0.25, 0.5, 0.5], atol=0.02)
    alone = prepared(Kinship, synthetic.take(np.array([0])), rows).scores(rows)
    np.testing.assert_allclose(alone, [0.25, 0.5, 0.0], atol=0.02)


def test_denoiser__ideal_restoration_is_that_of_loops():
    rows, synthetic = individuals(5, 1), individuals(12, 2)
    attack = prepared(WhiteBox, synthetic, rows)
    found = np.exp(-attack.scores(rows))
    for i, (x, label) in enumerate(zip(values(rows), rows.labels, strict=True)):
        own = values(synthetic)[synthetic.labels == label]
        for level, (a, noise) in enumerate(zip(LEVELS, attack.noise.astype(float), strict=True)):
            x_t = np.sqrt(a) * x + np.sqrt(1 - a) * noise
            weights = softmax(-((x_t - np.sqrt(a) * own) ** 2).sum(1) / (2 * (1 - a)))
            error = ((weights @ own - x) ** 2).mean()
            assert found[i, level] == pytest.approx(error + 1e-4, rel=1e-6)


def test_denoiser__of_a_network_is_its_error_of_x0():
    class Half:
        """Restores half of an individual."""

        def restore(self, x, numbers, noise, level, memory_mb):
            assert noise.shape == x.shape[1:]
            return x / 2 + numbers[:, None] * level

    rows = individuals(7, 1)
    attack = WhiteBox(Known(individuals(9, 2), GENES, CLASSES, Half()), TINY, 0)
    found = np.exp(-attack.scores(rows))
    for level, a in enumerate(LEVELS):
        error = ((values(rows) / 2 - rows.labels[:, None] * a) ** 2).mean(1)
        np.testing.assert_allclose(found[:, level], error + 1e-4, rtol=1e-4)


def test_attribute__margin_is_that_of_two_densities_with_one_covariance():
    rows, synthetic = individuals(20, 1), individuals(500, 2)
    x, labels = values(synthetic), synthetic.labels
    means = [x[labels == c].mean(0) for c in range(CLASSES)]
    # Ledoit and Wolf's shrinkage of so many individuals hardly matters.
    covariance = np.mean([np.cov(x[labels == c].T, bias=True) for c in range(CLASSES)], axis=0)
    logs = np.stack([multivariate_normal(mean, covariance).logpdf(values(rows)) for mean in means])
    own = logs[rows.labels, np.arange(20)] - logs[1 - rows.labels, np.arange(20)]
    found = prepared(Attribute, synthetic, rows).scores(rows)
    assert np.corrcoef(found, own)[0, 1] > 0.98
    assert (np.sign(found) == np.sign(own)).mean() >= 0.95


@pytest.mark.parametrize("classes", [2, 3])
def test_attribute__labels_that_were_learnt_by_heart_are_found(classes):
    """Labels are random: nobody's can be guessed but those of synthetic individuals."""
    rng = np.random.default_rng(0)
    train, others = (
        rows_of(rng.standard_normal((n, 60)), rng.integers(0, classes, n)) for n in (90, 400)
    )
    attack = Attribute(Known(train, np.arange(60), classes), CPU, 0)
    right = [(attack.scores(rows) > 0).mean() for rows in (train, others)]
    assert right[0] > 1 / classes + 0.15
    assert right[1] == pytest.approx(1 / classes, abs=0.08)


def test_attribute__a_class_that_no_synthetic_individual_has_is_never_guessed():
    synthetic = individuals(40, 1)
    rows = rows_of(values(individuals(9, 2)), np.full(9, 2))
    scores = Attribute(Known(synthetic, GENES, 3), CPU, 0).scores(rows)
    assert (scores < 0).all()
    assert np.isfinite(scores).all()
