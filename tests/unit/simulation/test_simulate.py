"""The simulated cohort: genotypes that look like individuals'."""

import hashlib

import numpy as np
import pytest

from genodiff.simulation import simulate
from genodiff.simulation.simulate import causal_genes, causal_snps, simulate_chromosome


@pytest.fixture(scope="module")
def chromosome(simulation):
    changes = {"chromosomes": 3, "genes": 24, "snps_per_gene": [4, 60], "min_maf": 0.05}
    settings = simulation(individuals=200, **changes)
    return simulate_chromosome(3, settings, 1), settings


def simulate_all(settings, seed):
    return [simulate_chromosome(n + 1, settings, seed) for n in range(settings.chromosomes)]


def dosages(haplotypes):
    return haplotypes[:, 0::2].astype(int) + haplotypes[:, 1::2]


def test_chromosome__positions_increase_and_alleles_are_bases(chromosome):
    simulated, settings = chromosome
    assert (np.diff(simulated.positions) > 0).all()
    assert simulated.positions[0] >= 1
    assert simulated.haplotypes().shape == (len(simulated.positions), 2 * settings.individuals)
    assert simulated.haplotypes().dtype == np.int8
    assert set(np.unique(simulated.haplotypes())) == {0, 1}
    assert len(simulated.alleles) == len(simulated.positions)
    assert all({ref, alt} <= set("ACGT") and ref != alt for ref, alt in simulated.alleles)


def test_chromosome__every_snp_is_common(chromosome):
    simulated, settings = chromosome
    frequency = simulated.haplotypes().mean(1)
    assert np.minimum(frequency, 1 - frequency).min() >= settings.min_maf
    # Derived alleles are mostly the minor ones: a spectrum, not one frequency.
    assert frequency.max() > 0.5 > np.median(frequency)


def test_chromosome__genes_hold_as_many_snps_as_asked_and_do_not_overlap(chromosome):
    simulated, settings = chromosome
    covered = [
        (gene.start < simulated.positions) & (simulated.positions <= gene.end)
        for gene in simulated.genes
    ]
    sizes = np.sum(covered, axis=1)
    assert len(sizes) == 8
    assert settings.snps_per_gene[0] <= sizes.min() < sizes.max() <= settings.snps_per_gene[1]
    assert np.sum(covered, axis=0).max() == 1
    assert {gene.chrom for gene in simulated.genes} == {"3"}
    for inside, gene in zip(covered, simulated.genes, strict=True):
        np.testing.assert_array_equal(simulated.inside(gene), np.flatnonzero(inside))


def test_chromosome__one_size_asked_is_the_size_given(simulation):
    simulated = simulate_chromosome(1, simulation(genes=6, snps_per_gene=[7, 7]), 0)
    assert [len(simulated.inside(gene)) for gene in simulated.genes] == [7, 7, 7]


def test_chromosome__linkage_decays_with_distance(chromosome):
    simulated, _ = chromosome
    squared = np.corrcoef(simulated.haplotypes()) ** 2
    distance = np.abs(simulated.positions[:, None] - simulated.positions)
    upper = np.triu(np.ones_like(squared, bool), 1)
    close = squared[upper & (distance < 2_000)].mean()
    distant = squared[upper & (distance > 100_000)].mean()
    assert close > 0.2
    assert close > 5 * distant


def test_chromosome__individuals_are_in_hardy_weinberg_proportions(chromosome):
    simulated, _ = chromosome
    frequency = simulated.haplotypes().mean(1)
    heterozygous = (dosages(simulated.haplotypes()) == 1).mean(1)
    assert heterozygous.mean() == pytest.approx((2 * frequency * (1 - frequency)).mean(), rel=0.05)


def test_simulate__same_seed_same_cohort_other_seed_other(simulation):
    def draw(seed):
        return simulate_all(simulation(individuals=40), seed)

    first, again, other = draw(5), draw(5), draw(6)
    for one, two, three in zip(first, again, other, strict=True):
        np.testing.assert_array_equal(one.haplotypes(), two.haplotypes())
        np.testing.assert_array_equal(one.positions, two.positions)
        assert (one.genes, one.alleles) == (two.genes, two.alleles)
        assert one.genes != three.genes
    assert not np.array_equal(first[0].positions[:20], first[1].positions[:20])


def test_chromosomes__share_the_genes_evenly_with_names_of_their_own(simulation):
    chromosomes = simulate_all(simulation(individuals=40, chromosomes=3, genes=7), 0)
    assert [c.name for c in chromosomes] == ["1", "2", "3"]
    assert [len(c.genes) for c in chromosomes] == [3, 2, 2]
    names = [gene.name for c in chromosomes for gene in c.genes]
    assert len(set(names)) == 7
    assert causal_genes(simulation(chromosomes=3, genes=7, causal_genes=7), 0) == set(names)


def test_causal_genes__as_many_as_asked_by_seed(simulation):
    settings = simulation(genes=50, causal_genes=9)
    assert len(causal_genes(settings, 0)) == 9
    assert causal_genes(settings, 0) == causal_genes(settings, 0) != causal_genes(settings, 1)


def test_causal_snps__one_of_each_causal_gene_of_the_chromosome(chromosome):
    simulated, _ = chromosome
    wanted = [simulated.genes[1], simulated.genes[4]]
    chosen = causal_snps(simulated, {gene.name for gene in wanted} | {"elsewhere"}, 0)
    assert [gene for gene, _ in chosen] == wanted
    assert all(gene.start < simulated.positions[i] <= gene.end for gene, i in chosen)
    draws = {tuple(i for _, i in causal_snps(simulated, {wanted[0].name}, seed)) for seed in range(20)}
    assert len(draws) > 1


def test_haplotypes__of_some_snps_are_those_rows_of_all(chromosome):
    simulated, _ = chromosome
    every = simulated.haplotypes()
    np.testing.assert_array_equal(simulated.haplotypes(slice(5, 9)), every[5:9])
    np.testing.assert_array_equal(simulated.haplotypes(np.array([7, 2])), every[[7, 2]])


def test_haplotypes__individuals_whose_bits_do_not_fill_bytes(simulation):
    simulated = simulate_chromosome(1, simulation(individuals=41), 0)
    assert simulated.bits.shape == (len(simulated.positions), 11)
    frequency = simulated.haplotypes().mean(1)
    assert simulated.haplotypes().shape[1] == 82
    assert np.minimum(frequency, 1 - frequency).min() >= 0.05


def test_chromosome__a_first_guess_too_short_is_lengthened(simulation, monkeypatch):
    """The first attempt gets a third of its bases; what comes of the next ones is whole."""
    lengths, common = [], simulate._common_snps

    def shortened(length, *rest):
        lengths.append(length)
        return common(length if len(lengths) > 1 else length // 3, *rest)

    monkeypatch.setattr(simulate, "_common_snps", shortened)
    simulated = simulate_chromosome(1, simulation(snps_per_gene=[12, 12]), 0)
    assert len(lengths) > 1
    assert lengths == sorted(set(lengths))
    assert [len(simulated.inside(gene)) for gene in simulated.genes] == [12] * 4
    assert len(simulated.positions) == len(simulated.alleles) == len(simulated.bits) == 4 * 12 + 10 * 5


def test_simulate__the_cohort_of_a_seed_is_what_it_always_was(simulation):
    """Published tables are of this data. The digest is of the code that simulated all chromosomes in one
    job and kept whole haplotypes (commit bd29134); it changes with msprime's own draws."""
    digest = hashlib.sha256()
    for c in simulate_all(simulation(), 3):
        genes = [(g.name, g.chrom, g.start, g.end) for g in c.genes]
        digest.update(repr((c.name, c.positions.tolist(), c.alleles, genes)).encode())
        digest.update(c.haplotypes().tobytes())
    assert digest.hexdigest() == "9b3cb7a4acd22b665de21a7342e3fde81b35159438e5668157b7c64c3b811601"
