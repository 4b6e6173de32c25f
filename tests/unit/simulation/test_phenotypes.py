"""The simulated phenotype: liability shares as asked, exact fractions."""

from collections import Counter

import numpy as np
import pytest

from genodiff.simulation.phenotypes import liability, phenotypes


def unlinked(rng, frequencies, individuals):
    """Dosages of independent SNPs in Hardy-Weinberg proportions."""
    return rng.binomial(2, np.asarray(frequencies)[:, None], (len(frequencies), individuals)).astype(
        np.int8
    )


def explained(liability_, *regressors):
    """Share of the variance that a linear regression on all the rows explains."""
    x = np.vstack([np.ones((1, len(liability_))), *regressors]).T
    rest = liability_ - x @ np.linalg.lstsq(x, liability_, rcond=None)[0]
    return 1 - rest.var() / liability_.var()


def parts(dosage):
    """Regressors: additive, heterozygotes, and products of consecutive pairs."""
    z = (dosage - dosage.mean(1, keepdims=True)) / dosage.std(1, keepdims=True)
    return z, (dosage == 1).astype(float), z[0::2] * z[1::2]


@pytest.mark.parametrize("frequency", [0.5, 0.1])
def test_liability__parts_have_the_asked_shares(simulation, frequency):
    rng = np.random.default_rng(2)
    dosage = unlinked(rng, [frequency] * 20, 20_000)
    settings = simulation(heritability=0.8, dominance_share=0.3, interaction_share=0.2)
    value = liability(dosage, settings, rng)
    additive, heterozygote, pairs = parts(dosage)
    assert value.mean() == pytest.approx(0, abs=1e-9)
    assert value.var() == pytest.approx(1)
    assert explained(value, additive, heterozygote, pairs) == pytest.approx(0.8, abs=0.03)
    assert explained(value, additive, heterozygote) == pytest.approx(0.8 * 0.8, abs=0.03)
    assert explained(value, additive) == pytest.approx(0.8 * 0.5, abs=0.03)
    assert explained(value, pairs) == pytest.approx(0.8 * 0.2, abs=0.03)


@pytest.mark.parametrize("seed", range(5))
def test_liability__heritability_is_the_share_of_genotypes_with_rare_and_common_snps(simulation, seed):
    rng = np.random.default_rng(seed)
    dosage = unlinked(rng, rng.uniform(0.05, 0.5, 8), 20_000)
    settings = simulation(heritability=0.5, dominance_share=0.5, interaction_share=0.0)
    assert explained(liability(dosage, settings, rng), *parts(dosage)) == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize(
    ("dominance", "interaction", "wanted"), [(0, 0, [0]), (1, 0, [0, 1]), (0, 1, [2])]
)
def test_liability__all_of_one_part_is_exactly_that_part(simulation, dominance, interaction, wanted):
    rng = np.random.default_rng(3)
    dosage = unlinked(rng, [0.2, 0.3, 0.4, 0.5], 500)
    changes = {"dominance_share": dominance, "interaction_share": interaction}
    value = liability(dosage, simulation(heritability=1, **changes), rng)
    found = parts(dosage)
    assert explained(value, *(found[part] for part in wanted)) == pytest.approx(1)
    # Dominance is what a straight line through the dosages misses, so those alone are not enough.
    if dominance:
        assert explained(value, found[0]) < 0.9


def test_liability__without_heritability_ignores_the_genotypes(simulation):
    rng = np.random.default_rng(4)
    one, two = unlinked(rng, [0.3] * 6, 300), unlinked(rng, [0.3] * 6, 300)
    settings = simulation(heritability=0)
    values = [liability(d, settings, np.random.default_rng(9)) for d in (one, two)]
    np.testing.assert_allclose(values[0], values[1])


def largest_z(dosage, labels):
    """Largest |z| of the cases' mean dosage against the controls', over SNPs."""
    cases = np.array([label == "case" for label in labels])
    gap = dosage[:, cases].mean(1) - dosage[:, ~cases].mean(1)
    error = dosage.std(1) * np.sqrt(1 / cases.sum() + 1 / (~cases).sum())
    return np.abs(gap / error).max()


def test_phenotypes__associate_with_causal_snps_only_when_heritable(simulation):
    dosage = unlinked(np.random.default_rng(5), [0.3] * 20, 5_000)
    changes = {"unlabelled_fraction": 0.0, "dominance_share": 0, "interaction_share": 0}
    for seed in range(3):
        none = phenotypes(dosage, simulation(heritability=0, **changes), seed)
        much = phenotypes(dosage, simulation(heritability=0.8, **changes), seed)
        assert largest_z(dosage, none) < 4  # 20 SNPs: beyond 4 about once in 800 seeds
        assert largest_z(dosage, much) > 10


def test_phenotypes__cases_are_the_largest_liabilities(simulation):
    dosage = np.repeat([0, 1, 2], [50, 30, 20])[None].astype(np.int8)
    changes = {"heritability": 1, "dominance_share": 0, "interaction_share": 0, "unlabelled_fraction": 0}
    labels = np.array(phenotypes(dosage, simulation(case_fraction=0.2, **changes), 0))
    # One additive SNP, either sign: the 20 carriers of two copies, or 20 of the 50 of none.
    cases = dosage[0, labels == "case"]
    assert len(cases) == 20
    assert set(cases.tolist()) in ({2}, {0})


@pytest.mark.parametrize(("cases", "unlabelled"), [(0.3, 0.0), (0.5, 0.25), (0.1, 0.9)])
def test_phenotypes__fractions_are_exact(simulation, cases, unlabelled):
    dosage = unlinked(np.random.default_rng(6), [0.4] * 4, 1_000)
    everyone = phenotypes(dosage, simulation(case_fraction=cases, unlabelled_fraction=0.0), 1)
    labels = phenotypes(dosage, simulation(case_fraction=cases, unlabelled_fraction=unlabelled), 1)
    assert Counter(everyone) == {"case": round(1_000 * cases), "control": 1_000 - round(1_000 * cases)}
    assert labels.count(None) == round(1_000 * unlabelled)
    # Losing labels is random with regard to them, and changes no other label.
    assert {(a, b) for a, b in zip(everyone, labels, strict=True) if b is not None and a != b} == set()
    kept = 1_000 - labels.count(None)
    error = np.sqrt(cases * (1 - cases) / kept)
    assert labels.count("case") / kept == pytest.approx(cases, abs=4 * error)
