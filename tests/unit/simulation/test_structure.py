"""Populations and families of a simulated cohort."""

import numpy as np
import pytest

from genodiff.qc.relatives import kinship
from genodiff.simulation.cohort import write_chromosome, write_phenotypes
from genodiff.simulation.phenotypes import phenotypes
from genodiff.simulation.simulate import simulate_chromosome
from genodiff.simulation.structure import POPULATIONS, families, populations, sizes, transmit


@pytest.fixture(scope="session")
def structured(simulation):
    """Function: settings of a small cohort with structure."""
    return lambda **changes: simulation(
        **{"individuals": 240, "structure": {"admixed": 0.25, "families": 10}} | changes
    )


def test_sizes__admixed_share_and_equal_rest(structured):
    assert sizes(structured()) == dict.fromkeys(POPULATIONS, 60)
    other = structured(structure={"admixed": 0.1, "families": 0})
    assert sizes(other) == {"AFR": 72, "EUR": 72, "EAS": 72, "ADMIXED": 24}
    assert populations(other).tolist().count("EUR") == 72


def test_families__of_one_population_and_nobody_in_two(structured):
    own, trios = populations(structured()), families(structured(), seed=3)
    assert trios.shape == (10, 3)
    assert len(set(trios.ravel().tolist())) == 30
    assert all(len(set(own[trio])) == 1 for trio in trios)
    assert np.array_equal(trios, families(structured(), seed=3))
    assert not np.array_equal(trios, families(structured(), seed=4))


def test_families__too_many_are_an_error(structured):
    with pytest.raises(ValueError, match="90 families of three do not fit into 240 individuals"):
        families(structured(structure={"admixed": 0.25, "families": 90}), seed=3)


def test_transmit__a_child_has_a_recombined_haplotype_of_each_parent():
    # Every haplotype has its number at all SNPs, so that its origin is seen.
    positions = np.arange(1, 10_001) * 100
    haplotypes = np.tile(np.arange(8, dtype=np.int8), (len(positions), 1))
    switches = 0
    for seed in range(50):
        own = haplotypes.copy()
        transmit(own, positions, np.array([[0, 2, 3]]), 1e-6, np.random.default_rng(seed))
        assert np.array_equal(own[:, :6], haplotypes[:, :6])
        assert set(own[:, 6].tolist()) <= {0, 1}
        assert set(own[:, 7].tolist()) <= {4, 5}
        switches += (np.diff(own[:, 6:], axis=0) != 0).sum()
    # One crossover per haplotype is expected: 100, standard deviation 10.
    assert 60 < switches < 140


def test_chromosome__families_have_the_kinship_of_families(structured):
    settings = structured(genes=14, snps_per_gene=[30, 40], structure={"admixed": 0.25, "families": 10})
    chromosomes = [simulate_chromosome(number, settings, seed=1) for number in (1, 2)]
    haplotypes = np.concatenate([chromosome.haplotypes() for chromosome in chromosomes])
    dosage = (haplotypes[:, 0::2] + haplotypes[:, 1::2]).T
    near, far = [], []
    for mother, father, child in families(settings, seed=1).tolist():
        # Every call is possible: none of a child without an allele of each parent.
        for parent in (mother, father):
            assert not (np.abs(dosage[child] - dosage[parent]) == 2).any()
            near.append(kinship(dosage[[child]], dosage[[parent]])[0, 0])
        far.append(kinship(dosage[[father]], dosage[[mother]])[0, 0])
    assert np.mean(near) > np.mean(far) + 0.15


def test_chromosome__populations_differ_and_the_admixed_one_lies_between(structured):
    settings = structured(structure={"admixed": 0.25, "families": 0}, genes=10)
    every = [simulate_chromosome(1, settings, seed).haplotypes() for seed in range(8)]
    haplotypes, own = np.concatenate(every), np.repeat(populations(settings), 2)
    frequency = {name: haplotypes[:, own == name].mean(1) for name in POPULATIONS}

    def distance(a, b):
        return np.square(frequency[a] - frequency[b]).mean()

    assert distance("AFR", "EUR") > distance("EUR", "EAS") > 0.001
    assert distance("AFR", "EUR") > 1.5 * distance("ADMIXED", "EUR")


def test_phenotypes__do_not_follow_from_the_population(structured):
    settings = structured(individuals=4000, structure={"admixed": 0.25, "families": 0})
    own = populations(settings)
    shift = np.where(own == "AFR", 0.8, 0.2)
    dosages = np.random.default_rng(0).binomial(2, shift, (8, 4000)).astype(np.int8)
    labels = np.array(phenotypes(dosages, settings, seed=5), object)
    shares = [np.mean(labels[own == name] == "case") for name in POPULATIONS]
    # 0.3 of 90% labelled ones; standard error 0.014.
    assert max(shares) - min(shares) < 0.06


def test_cohort__table_has_populations_and_families(structured, tmp_path):
    settings, paths = structured(), []
    for number in (1, 2):
        names = {key: str(tmp_path / f"{number}.{key}") for key in ("bcf", "genes", "causal")}
        write_chromosome(**names, number=number, settings=settings, seed=7)
        paths.append(names)
    write_phenotypes(
        genes_path=tmp_path / "genes.bed", phenotypes_path=tmp_path / "phenotypes.tsv",
        genes=[own["genes"] for own in paths], causal=[own["causal"] for own in paths],
        settings=settings, seed=7,
    )  # fmt: skip
    head, *lines = [line.split("\t") for line in (tmp_path / "phenotypes.tsv").read_text().splitlines()]
    assert head == ["sample", "phenotype", "population", "family"]
    assert len(lines) == 240
    often = [family for *_, family in lines]
    assert sorted({often.count(name) for name in often}) == [1, 3]
    assert sum(name.startswith("F") for name in set(often)) == 10
