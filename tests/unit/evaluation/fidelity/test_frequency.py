"""Frequencies, heterozygosity and association against sums over individuals."""

import numpy as np
import pytest
from scipy.stats import linregress

from genodiff.evaluation.fidelity.association import inflation, linear, overlap
from genodiff.evaluation.fidelity.heterozygosity import hwe_failures
from genodiff.evaluation.fidelity.people import CANDIDATE, TEST, TRAIN
from genodiff.genotypes.quality import hardy_weinberg_p


@pytest.fixture
def run_and_frequencies(sets, compare, draw_set):
    """A comparison of frequencies, those of the reference (V,) and of each draw (V, D)."""
    sets[CANDIDATE] = draw_set(np.random.default_rng(7), 300, switch=0.3)
    run = compare("frequency", sets)
    real = sets[TRAIN].dosage[:, run.people.reference].mean(1) / 2
    own = [sets[CANDIDATE].dosage[:, rows].mean(1) / 2 for rows in run.people.draws]
    return run, real, np.stack(own, 1)


def test_frequency__by_numpy(run_and_frequencies):
    run, real, own = run_and_frequencies
    each = [np.corrcoef(real, column)[0, 1] for column in own.T]
    assert run["correlation"] == pytest.approx(np.mean(each))
    difference = np.abs(own - real[:, None])
    assert run["mean_difference"] == pytest.approx(difference.mean())
    assert run["largest_difference"] == pytest.approx(difference.max(0).mean())
    minor = np.minimum(real, 1 - real)
    rare = (minor > 0.05) & (minor <= 0.2)
    assert rare.any()
    varies = rare & (real > 0) & (real < 1)
    fixed = (own[varies] == 0) | (own[varies] == 1)
    assert run["monomorphic", "MAF 0.05 to 0.2"] == pytest.approx(fixed.mean())


def test_frequency__points_are_those_of_the_first_draw(run_and_frequencies):
    run, real, own = run_and_frequencies
    points = np.array(run.metric.curves()["points"])
    assert points == pytest.approx(np.stack([real, own[:, 0]], 1), abs=1e-4)


def test_frequency__by_class(sets, compare):
    run = compare("frequency", sets)
    cases = [rows[sets[TEST].labels[rows] == 0] for rows in run.people.draws]
    reference = run.people.reference[sets[TRAIN].labels[run.people.reference] == 0]
    real = sets[TRAIN].dosage[:, reference].mean(1) / 2
    each = [np.abs(sets[TEST].dosage[:, rows].mean(1) / 2 - real).mean() for rows in cases]
    assert run["mean_difference", "class case"] == pytest.approx(np.mean(each))


def test_heterozygosity__by_numpy(sets, compare, draw_set):
    sets[CANDIDATE] = draw_set(np.random.default_rng(8), 200)
    run = compare("heterozygosity", sets)
    own, real = sets[CANDIDATE].dosage, sets[TRAIN].dosage[:, run.people.reference]
    draws = run.people.draws
    assert run["ratio"] == pytest.approx(
        np.mean([(own[:, rows] == 1).mean() for rows in draws]) / (real == 1).mean()
    )
    p = real.mean(1) / 2
    inbreeding = 1 - (own == 1).sum(0) / (2 * p * (1 - p)).sum()
    assert run["inbreeding_mean"] == pytest.approx(
        np.mean([inbreeding[rows].mean() for rows in draws]), abs=1e-6
    )
    assert run["inbreeding_deviation"] == pytest.approx(
        np.mean([inbreeding[rows].std(ddof=1) for rows in draws])
    )


def test_heterozygosity__selfed_individuals_are_inbred_and_fail_hardy_weinberg(sets, compare, draw_set):
    own = draw_set(np.random.default_rng(9), 400)
    own.dosage = np.where(own.dosage == 1, 2 * (np.arange(400) % 2), own.dosage).astype(np.int8)
    run = compare("heterozygosity", sets | {CANDIDATE: own})
    assert run["ratio"] == 0
    assert run["inbreeding_mean"] == pytest.approx(1)
    assert run["hwe_failures"] > 0.5
    assert compare("heterozygosity", sets)["hwe_failures"] < 0.01


def test_heterozygosity__everybody_shows_what_small_draws_do_not(sets, compare, draw_set):
    """Too few heterozygotes by a fifth: a departure that 80 individuals do not show and 1,500 do."""
    own = draw_set(np.random.default_rng(9), 1500)
    lost = (own.dosage == 1) & (np.random.default_rng(1).random(own.dosage.shape) < 0.2)
    own.dosage = np.where(lost, 2 * (np.arange(1500) % 2), own.dosage).astype(np.int8)
    run = compare("heterozygosity", sets | {CANDIDATE: own})
    controls = own.dosage[:, own.labels == run.people.control]
    expected = [hardy_weinberg_p(*(int((row == g).sum()) for g in range(3))) < 1e-5 for row in controls]
    assert run["hwe_failures", "everybody"] == pytest.approx(np.mean(expected))
    assert run["hwe_failures", "everybody"] > 0.5 > 0.05 > run["hwe_failures"]
    assert run.rows["hwe_failures", "everybody"]["n"] == 1500


@pytest.mark.parametrize("individuals", [20, 77, 300])
def test_hwe_failures__the_screen_misses_none(individuals):
    """Every table of three counts of so many individuals (of 300 a random part)."""
    rng = np.random.default_rng(individuals)
    counts = np.array(
        [
            (a, b, individuals - a - b)
            for a in range(individuals + 1)
            for b in range(individuals + 1 - a)
            if individuals < 100 or rng.random() < 0.05
        ]
    )
    expected = [hardy_weinberg_p(*row) < 1e-5 for row in counts.tolist()]
    assert hwe_failures(counts.astype(np.float32)).tolist() == expected


def test_linear__is_a_regression(draw_set):
    one = draw_set(np.random.default_rng(10), 120)
    counts = np.stack(
        [[(one.dosage[:, one.labels == c] == g).sum(1) for g in range(3)] for c in range(2)]
    ).transpose(2, 0, 1)
    effect, t = linear(counts, 0)
    for snp in range(0, 400, 23):
        if np.ptp(one.dosage[snp]):
            found = linregress(one.dosage[snp], one.labels == 0)
            assert effect[snp] == pytest.approx(found.slope)
            assert t[snp] == pytest.approx(found.slope / found.stderr)


def test_linear__without_variation_is_nan():
    counts = np.array([[[5, 0, 0], [7, 0, 0]], [[0, 5, 0], [0, 0, 0]]])
    assert np.isnan(linear(counts, 0)).all()


def test_overlap_and_inflation__by_hand():
    z = np.zeros((300, 3))
    z[[4, 100, 200], 0] = 9, -8, 7
    z[[4, 200, 299], 1] = 5, 5, 5
    z[[1, 2, 3], 2] = 5, 5, 5
    assert overlap(z) == pytest.approx([2 / 3, 0])
    draws = np.random.default_rng(0).normal(size=(100_000, 2)) * [1, 1.5]
    assert inflation(draws) == pytest.approx([1, 2.25], rel=0.03)
    assert np.isnan(inflation(np.full((4, 1), np.nan))).all()
