"""The simulated cohort: genotypes that look like people's, liability shares as asked."""

from collections import Counter

import numpy as np
import pytest

from genodiff.genotypes.simulate import (
    causal_genes,
    choose_causal,
    liability,
    phenotypes,
    simulate_chromosome,
    simulate_chromosomes,
)


@pytest.fixture(scope="module")
def chromosome(simulation):
    settings = simulation(people=200, snps_per_gene=[4, 60], min_maf=0.05)
    return simulate_chromosome(3, 8, settings, 1), settings


def dosages(haplotypes):
    return haplotypes[:, 0::2].astype(int) + haplotypes[:, 1::2]


def unlinked(rng, frequencies, people):
    """Dosages of independent SNPs in Hardy-Weinberg proportions."""
    return rng.binomial(2, np.asarray(frequencies)[:, None], (len(frequencies), people)).astype(np.int8)


def explained(liability_, *regressors):
    """Share of the variance that a linear regression on all the rows explains."""
    x = np.vstack([np.ones((1, len(liability_))), *regressors]).T
    rest = liability_ - x @ np.linalg.lstsq(x, liability_, rcond=None)[0]
    return 1 - rest.var() / liability_.var()


def parts(dosage):
    """Regressors: additive, heterozygotes, and products of consecutive pairs."""
    z = (dosage - dosage.mean(1, keepdims=True)) / dosage.std(1, keepdims=True)
    return z, (dosage == 1).astype(float), z[0::2] * z[1::2]


def test_chromosome__positions_increase_and_alleles_are_bases(chromosome):
    simulated, settings = chromosome
    assert (np.diff(simulated.positions) > 0).all()
    assert simulated.positions[0] >= 1
    assert simulated.haplotypes.shape == (len(simulated.positions), 2 * settings.people)
    assert set(np.unique(simulated.haplotypes)) == {0, 1}
    assert len(simulated.alleles) == len(simulated.positions)
    assert all({ref, alt} <= set("ACGT") and ref != alt for ref, alt in simulated.alleles)


def test_chromosome__every_snp_is_common(chromosome):
    simulated, settings = chromosome
    frequency = simulated.haplotypes.mean(1)
    assert np.minimum(frequency, 1 - frequency).min() >= settings.min_maf
    # Derived alleles are mostly the minor ones: a spectrum, not one frequency.
    assert frequency.max() > 0.5 > np.median(frequency)


def test_chromosome__genes_hold_as_many_snps_as_asked_and_do_not_overlap(chromosome):
    simulated, settings = chromosome
    covered = [[gene.covers(int(p)) for p in simulated.positions] for gene in simulated.genes]
    sizes = np.sum(covered, axis=1)
    assert len(sizes) == 8
    assert settings.snps_per_gene[0] <= sizes.min() < sizes.max() <= settings.snps_per_gene[1]
    assert np.sum(covered, axis=0).max() == 1
    assert {gene.chrom for gene in simulated.genes} == {"3"}
    for inside, gene in zip(covered, simulated.genes, strict=True):
        expected = dosages(simulated.haplotypes)[np.array(inside)]
        np.testing.assert_array_equal(simulated.dosages(gene), expected)


def test_chromosome__one_size_asked_is_the_size_given(simulation):
    simulated = simulate_chromosome(1, 3, simulation(snps_per_gene=[7, 7]), 0)
    assert [len(simulated.dosages(gene)) for gene in simulated.genes] == [7, 7, 7]


def test_chromosome__linkage_decays_with_distance(chromosome):
    simulated, _ = chromosome
    squared = np.corrcoef(simulated.haplotypes) ** 2
    distance = np.abs(simulated.positions[:, None] - simulated.positions)
    upper = np.triu(np.ones_like(squared, bool), 1)
    close = squared[upper & (distance < 2_000)].mean()
    distant = squared[upper & (distance > 100_000)].mean()
    assert close > 0.2
    assert close > 5 * distant


def test_chromosome__people_are_in_hardy_weinberg_proportions(chromosome):
    simulated, _ = chromosome
    frequency = simulated.haplotypes.mean(1)
    heterozygous = (dosages(simulated.haplotypes) == 1).mean(1)
    assert heterozygous.mean() == pytest.approx((2 * frequency * (1 - frequency)).mean(), rel=0.05)


def test_simulate__same_seed_same_cohort_other_seed_other(simulation):
    def draw(seed):
        return list(simulate_chromosomes(simulation(people=40), seed))

    first, again, other = draw(5), draw(5), draw(6)
    for one, two, three in zip(first, again, other, strict=True):
        np.testing.assert_array_equal(one.haplotypes, two.haplotypes)
        np.testing.assert_array_equal(one.positions, two.positions)
        assert (one.genes, one.alleles) == (two.genes, two.alleles)
        assert one.genes != three.genes
    assert not np.array_equal(first[0].positions[:20], first[1].positions[:20])


def test_simulate_chromosomes__share_the_genes_evenly_with_names_of_their_own(simulation):
    chromosomes = list(simulate_chromosomes(simulation(people=40, chromosomes=3, genes=7), 0))
    assert [c.name for c in chromosomes] == ["1", "2", "3"]
    assert [len(c.genes) for c in chromosomes] == [3, 2, 2]
    names = [gene.name for c in chromosomes for gene in c.genes]
    assert len(set(names)) == 7
    assert causal_genes(simulation(chromosomes=3, genes=7, causal_genes=7), 0) == set(names)


def test_causal_genes__as_many_as_asked_by_seed(simulation):
    settings = simulation(genes=50, causal_genes=9)
    assert len(causal_genes(settings, 0)) == 9
    assert causal_genes(settings, 0) == causal_genes(settings, 0) != causal_genes(settings, 1)


def test_choose_causal__one_snp_of_each_causal_gene_of_the_chromosome(chromosome):
    simulated, _ = chromosome
    wanted = [simulated.genes[1], simulated.genes[4]]
    chosen = choose_causal(simulated, {gene.name for gene in wanted} | {"elsewhere"}, 0)
    assert len(chosen) == 2
    for dosage, gene in zip(chosen, wanted, strict=True):
        assert (simulated.dosages(gene) == dosage).all(1).any()


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
