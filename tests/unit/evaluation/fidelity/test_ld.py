"""Linkage disequilibrium against all pairs by numpy."""

import numpy as np
import pytest

from genodiff.evaluation.fidelity.base import Sites
from genodiff.evaluation.fidelity.ld import WINDOW, dense_sites, r2, standardised
from genodiff.evaluation.fidelity.people import CANDIDATE, TRAIN
from genodiff.qc.relatives import LEAST_FREQUENCY


def all_pairs(run, sets):
    """Squared correlations of pairs of frequent SNPs of a chromosome, both ways round, in the reference
    (pairs,) and in each draw (pairs, D), with distances and whether both are in one gene."""
    sites = run.metric.sites
    used = np.flatnonzero(sites.minor >= LEAST_FREQUENCY)
    distance = np.abs(sites.position[used][:, None] - sites.position[used])
    same = sites.chromosome[used][:, None] == sites.chromosome[used]
    pairs = same & (distance <= WINDOW) & ~np.eye(len(used), dtype=bool)
    own = sets.get(CANDIDATE, sets["test"]).dosage[used]
    real = sets[TRAIN].dosage[np.ix_(used, run.metric._reference)]
    with np.errstate(invalid="ignore", divide="ignore"):
        found = [np.corrcoef(real), *(np.corrcoef(own[:, rows]) for rows in run.people.draws)]
    within = sites.gene[used][:, None] == sites.gene[used]
    values = np.stack([matrix[pairs] ** 2 for matrix in found], 1)
    return values, distance[pairs], within[pairs]


@pytest.mark.parametrize("rows", [1, 50, 400])
def test_linkage__is_that_of_all_pairs(sets, compare, draw_set, rows):
    sets[CANDIDATE] = draw_set(np.random.default_rng(1), 200, switch=0.08)
    run = compare("ld", sets, rows=rows, repeats=2)
    values, distance, within = all_pairs(run, sets)
    for name, chosen in {
        "all": np.ones(len(values), bool), "within genes": within, "between genes": ~within,
        "between genes, 100 to 300 kb": ~within & (distance > 100_000) & (distance <= 300_000),
    }.items():  # fmt: skip
        own = values[chosen]
        own = own[np.isfinite(own).all(1)]
        assert len(own) > 100
        each = [np.corrcoef(own[:, 0], column)[0, 1] for column in own[:, 1:].T]
        assert run["r2_correlation", name] == pytest.approx(np.mean(each), abs=1e-3)
        assert run["r2_bias", name] == pytest.approx((own[:, 1:] - own[:, :1]).mean(), abs=1e-4)
        assert run["r2", name] == pytest.approx(own[:, 1:].mean(), abs=1e-4)


def test_linkage__less_of_it_has_a_negative_bias_and_a_small_ratio(sets, compare, draw_set):
    sets[CANDIDATE] = draw_set(np.random.default_rng(1), 300, switch=0.5)
    run, null = compare("ld", sets), compare("ld", {k: v for k, v in sets.items() if k != CANDIDATE})
    near = "r2_bias", "within genes, 3 to 10 kb"
    assert run[near] < -0.04
    assert null[near] == pytest.approx(0, abs=0.02)
    assert run["score_ratio"] < 0.6
    assert null["score_ratio"] == pytest.approx(1, abs=0.15)
    curves = null.metric.curves()["within genes"]
    assert [point[0] for point in curves] == [10_000, 30_000, 100_000]
    assert curves[0][1] > curves[2][1]


def test_linkage__fewer_focal_snps_estimate_the_same(sets, compare):
    whole, some = compare("ld", sets), compare("ld", sets, focal_snps=80)
    assert some["r2"] == pytest.approx(whole["r2"], abs=0.03)
    assert some["score_correlation"] == pytest.approx(whole["score_correlation"], abs=0.1)


def test_standardised__a_missing_call_is_the_mean():
    dosage = np.array([[0, 1, 2, -1], [1, 1, 1, -1], [2, 0, 2, 0]], np.int8)
    found = standardised(dosage)
    assert found[0] == pytest.approx(np.array([-1, 0, 1, 0]) / np.sqrt(2))
    assert np.isnan(found[1]).all()
    assert r2(found[2:], found[2:])[0, 0] == pytest.approx(1)


def test_dense_sites__bounded_in_each_window():
    snps = 3000
    position = np.r_[np.arange(2000), WINDOW + 1000 * np.arange(1000)]
    frequency = np.where(np.arange(snps) % 2, 0.3, 0.01)
    sites = Sites(np.zeros(snps, int), position, np.zeros(snps, int), frequency)
    chosen = dense_sites(sites)
    assert not chosen[::2].any()
    assert np.bincount(position[chosen] // WINDOW).tolist() == [200, 200]
    assert dense_sites(sites.take(slice(0, 0))).tolist() == []
