"""Close relatives are found where the SNPs suffice, and unrelated individuals are not."""

import json

import numpy as np
import pandas as pd
import pytest

from genodiff.formats.genotypes import SNP_FIELDS, write_genes
from genodiff.formats.split import write_split
from genodiff.qc.relatives import find_relatives, kinship, standard_error, thinned


@pytest.fixture
def rng():
    return np.random.default_rng(1)


def _cohort(individuals, snps, rng):
    """Haplotypes bool (individuals, 2, snps) of unrelated individuals."""
    frequency = rng.uniform(0.1, 0.9, snps)
    return rng.random((individuals, 2, snps)) < frequency


def _child(one, other, rng):
    """Haplotypes (2, snps) of a child of two individuals, with independent SNPs."""
    picks = rng.integers(2, size=(2, one.shape[1]))
    return np.stack([np.where(pick, *parent) for pick, parent in zip(picks, (one, other), strict=True)])


def _dosages(haplotypes):
    return haplotypes.sum(1).astype(np.int8)


def test_kinship__is_equation_11_over_calls_of_both(rng):
    dosage = rng.integers(-1, 3, (5, 40)).astype(np.int8)
    found = kinship(dosage[:2], dosage[2:])
    for i, a in enumerate(dosage[:2]):
        for j, b in enumerate(dosage[2:]):
            both = (a >= 0) & (b >= 0)
            x, y = a[both], b[both]
            opposite, shared = (np.abs(x - y) == 2).sum(), ((x == 1) & (y == 1)).sum()
            hets = (x == 1).sum(), (y == 1).sum()
            expected = (shared - 2 * opposite) / (2 * min(hets)) + 0.5 - sum(hets) / (4 * min(hets))
            assert found[i, j] == pytest.approx(expected, abs=1e-6)


def test_kinship__without_heterozygous_calls_is_lowest():
    assert kinship(np.array([[0, 2]], np.int8), np.array([[0, 2]], np.int8)) == -np.inf


def test_kinship__of_known_relatives(rng):
    people = _cohort(4, 20_000, rng)
    child, sibling = (_child(people[0], people[1], rng) for _ in range(2))
    half = _child(people[0], people[2], rng)
    everyone = _dosages(np.stack([people[0], child, sibling, half, people[3]]))
    found = kinship(everyone, everyone)
    assert found[0, 0] == 0.5
    expected = {(0, 1): 0.25, (1, 2): 0.25, (1, 3): 0.125, (0, 4): 0, (1, 4): 0}
    for pair, value in expected.items():
        assert found[pair] == pytest.approx(value, abs=0.02), pair


def test_standard_error__is_that_of_repeated_genes_in_linkage(rng):
    """Four copies of each SNP in a gene tell no more than one."""
    one, two = (_dosages(_cohort(200, 300, rng)) for _ in range(2))
    spread = np.diag(kinship(one, two)).std()
    four = [np.repeat(side, 4, axis=1) for side in (one, two)]
    error = standard_error(*four, np.repeat(np.arange(300), 4))
    assert error == pytest.approx(spread, rel=0.2)


@pytest.mark.parametrize("genes", [np.zeros(0, int), np.zeros(30, int)])
def test_standard_error__needs_two_genes(genes, rng):
    dosage = rng.integers(0, 3, (4, len(genes))).astype(np.int8)
    assert np.isnan(standard_error(dosage, dosage, genes))


@pytest.fixture
def matrices(tmp_path):
    """Write dosages int8 (N, V) as two files of genes of `size` SNPs, and a split with `test` first."""

    def write(dosage, size, test, excluded=0):
        names = [f"I{number}" for number in range(len(dosage))]
        frequency = (dosage / 2).mean(0)

        def gene(first):
            span = slice(first, first + size)
            rows = range(first, min(first + size, dosage.shape[1]))
            columns = {"gene": [f"G{first}"] * len(rows), "chrom": ["1"] * len(rows),
                       "pos": [row + 1 for row in rows], "id": ["."] * len(rows),
                       "ref": ["A"] * len(rows), "alt": ["C"] * len(rows),
                       "allele_frequency": frequency[span],
                       "missing_rate": np.zeros(len(rows))}  # fmt: skip
            assert list(columns) == [name for name, _ in SNP_FIELDS]
            return columns, np.ascontiguousarray(dosage[:, span].T)

        starts = range(0, dosage.shape[1], size)
        for name, part in (("1", starts[::2]), ("2", starts[1::2])):
            write_genes(tmp_path / f"{name}.parquet", names, map(gene, part))
        sets = ["test"] * test + ["train"] * (len(dosage) - test)
        split = pd.DataFrame({"sample": names, "label": "a", "set": sets})
        write_split(tmp_path / "split.tsv", split)
        return [tmp_path / "1.parquet", tmp_path / "2.parquet"]

    return write


def _found(paths):
    output = paths[0].parent / "relatives.json"
    find_relatives(matrices=paths, split_path=paths[0].parent / "split.tsv", output=output, seed=3)
    return json.loads(output.read_text())


def test_find_relatives__children_of_training_individuals_in_the_test_set(matrices, rng):
    people = _cohort(60, 4000, rng)
    people[0] = _child(people[30], people[31], rng)
    people[7] = _child(people[40], people[1], rng)  # one parent is in the test set too
    found = _found(matrices(_dosages(people), 5, 20))
    pairs = {tuple(pair[:2]) for pair in found["listed"]}
    assert pairs == {("I0", "I30"), ("I0", "I31"), ("I7", "I40")}
    assert (found["related"], found["pairs"], found["limit"]) == (3, 800, 0.0884)


def test_find_relatives__too_few_snps_find_nobody(matrices, rng):
    people = _cohort(60, 40, rng)
    found = _found(matrices(_dosages(people), 5, 20))
    assert found["limit"] > 0.5
    assert found["related"] == 0


@pytest.mark.parametrize("genes", [2, 3, 8])
def test_find_relatives__single_snps_find_nobody(matrices, rng, genes):
    """Of those who are heterozygous at every SNP, any two are alike."""
    found = _found(matrices(_dosages(_cohort(60, genes, rng)), 1, 20))
    assert (found["limit"], found["related"]) == (None, 0)


def test_find_relatives__a_cohort_without_snps(matrices):
    found = _found(matrices(np.zeros((10, 0), np.int8), 5, 4))
    assert (found["snps"], found["limit"], found["related"]) == (0, None, 0)


def test_thinned__evenly_spaced_frequent_snps_of_some_individuals(matrices, rng, monkeypatch):
    monkeypatch.setattr("genodiff.qc.relatives.MOST_SNPS", 25)
    dosage = _dosages(_cohort(30, 100, rng))
    dosage[:, ::2] = 0  # too rare
    paths = matrices(dosage, 5, 4)
    order = np.r_[[i for i in range(100) if i // 5 % 2 == 0], [i for i in range(100) if i // 5 % 2]]
    frequent = [i for i in order if i % 2 and 0.05 <= dosage[:, i].mean() / 2 <= 0.95]
    people = np.array([7, 3])
    found, genes = thinned(paths, people)
    wanted = [frequent[k * len(frequent) // 25] for k in range(25)]
    np.testing.assert_array_equal(found, dosage[np.ix_(people, wanted)])
    assert (np.diff(genes) >= 0).all()
    assert len(set(genes)) == len({i // 5 for i in wanted})
