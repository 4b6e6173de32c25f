"""Dosages for attacks follow the individuals of tensor files."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from genodiff.evaluation.attacks.base import Known
from genodiff.evaluation.attacks.kinship import Kinship
from genodiff.evaluation.dosages import GenotypeFiles, labelled_dosages
from genodiff.evaluation.neighbours.rows import join, noised, read_rows
from genodiff.evaluation.neighbours.search import Budget
from genodiff.formats.tensors import GeneFeatures, Individuals, Layout, write_individuals

LAYOUT = Layout([GeneFeatures("g", "1", 1, [0.0], [1.0])], 1, 1, ["case", "control"])
BUDGET = Budget(64, torch.device("cpu"))
SNPS = 300


@pytest.fixture
def cohort(write_cohort):
    """60 training, 20 test and 15 validation individuals on two chromosomes, whose genes overlap."""
    rng = np.random.default_rng(0)
    sets = rng.permutation(["train"] * 60 + ["test"] * 20 + ["validation"] * 15)
    names = {"sample": [f"i{n}" for n in range(95)], "label": ["case", "control"] * 47 + ["case"]}
    split = pd.DataFrame(names | {"set": sets})
    half = SNPS // 2
    sites = [(10 * n + 1, "A", "C") for n in range(half)]
    genes = {f"g{n}": list(range(n, min(n + 25, half))) for n in range(0, half, 20)}
    chromosomes = {name: (sites, rng.integers(0, 3, (half, 95)).astype(np.int8), genes) for name in "12"}
    return write_cohort(chromosomes, split), split


@pytest.fixture
def write(cohort, tmp_path):
    """Function: write a tensor file of individuals by name, every seventh without a label; its path and
    the labelled names."""

    def tensors(name, samples):
        labels = [None if n % 7 == 3 else ("case", "control")[n % 2] for n in range(len(samples))]
        x = np.random.default_rng(len(samples)).standard_normal((len(samples), 1, 1))
        path = tmp_path / f"{name}.parquet"
        write_individuals(path, LAYOUT, [Individuals(samples, labels, x.astype(np.float32))])
        return str(path), [s for s, label in zip(samples, labels, strict=True) if label]

    return tensors


@pytest.fixture
def real(cohort, write):
    """Tensor files of the three sets, each in an order of its own, with their labelled names."""
    split, rng = cohort[1], np.random.default_rng(3)
    return {
        name: write(name, rng.permutation(split.loc[split["set"] == name, "sample"]).tolist())
        for name in ("train", "test", "validation")
    }


def expected(files, names):
    """Dosages (n, SNPS) of individuals by name."""
    columns = [files.samples.index(name) for name in names]
    return np.concatenate(files.dosage)[:, columns].T


def genotype_files(files, bed=None, snps=10_000):
    return GenotypeFiles(files.matrices, files.models, bed, snps)


def test_real_individuals_are_found_by_name_in_the_order_of_their_file(cohort, real):
    files, _ = cohort
    found = labelled_dosages(genotype_files(files), *(path for path, _ in real.values()))
    for dosages, (_, names) in zip(found, real.values(), strict=True):
        np.testing.assert_array_equal(dosages, expected(files, names))


def test_decoded_individuals_without_a_label_are_left_out_and_snps_thinned(
    cohort, real, write, write_decoded
):
    files, _ = cohort
    own = np.random.default_rng(1).integers(0, 3, (SNPS, 30)).astype(np.int8)
    path, names = write("theirs", [f"SYN{n}" for n in range(30)])
    bed = write_decoded(files.sites, own)
    whole = labelled_dosages(genotype_files(files, bed), real["train"][0], real["test"][0], path)
    labelled = [int(name[3:]) for name in names]
    assert len(labelled) < 30
    np.testing.assert_array_equal(whole[2], own[:, labelled].T)
    some = labelled_dosages(genotype_files(files, bed, 50), real["train"][0], real["test"][0], path)
    assert [part.shape[1] for part in some] == [50] * 3
    # The same SNPs of all.
    np.testing.assert_array_equal(whole[0][:, np.arange(50) * SNPS // 50], some[0])
    np.testing.assert_array_equal(whole[2][:, np.arange(50) * SNPS // 50], some[2])


def test_an_individual_without_genotypes_is_an_error(cohort, real, write):
    other, _ = write("other", ["i1", "nobody"])
    with pytest.raises(ValueError, match=r"other\.parquet: 1 individuals have no genotypes"):
        labelled_dosages(genotype_files(cohort[0]), real["train"][0], other, real["test"][0])


def test_a_planted_copy_and_it_alone_has_a_kinship_of_one_half(cohort, real, write, write_decoded):
    """From files to scores: synthetic individual 4 is the copy of a training individual."""
    files, _ = cohort
    own = np.random.default_rng(1).integers(0, 3, (SNPS, 30)).astype(np.int8)
    copied = real["train"][1][17]
    own[:, 4] = expected(files, [copied])[0]
    path, _ = write("theirs", [f"SYN{n}" for n in range(30)])
    paths = [real["train"][0], real["test"][0], path]
    calls = labelled_dosages(genotype_files(files, write_decoded(files.sites, own)), *paths)
    train, test, synthetic = (
        replace(read_rows(file, LAYOUT, 1, "."), calls=part)
        for file, part in zip(paths, calls, strict=True)
    )
    attack = Kinship(Known(synthetic, np.zeros(1, int), 2), BUDGET, 0)
    scores = attack.scores(train)
    assert scores[17] == pytest.approx(0.5)
    assert np.delete(scores, 17).max() < 0.4
    assert attack.scores(test).max() < 0.4
    # Subsets, unions and noised copies keep their dosages.
    order = np.random.default_rng(0).permutation(len(train))
    np.testing.assert_allclose(attack.scores(train.take(order)), scores[order], rtol=1e-5)
    both = join(test, train.take(np.array([17])), 1, ".")
    again = Kinship(Known(both, np.zeros(1, int), 2), BUDGET, 0).scores(train)
    assert again.argmax() == 17
    copies = noised(train, 0.5, np.random.default_rng(0))
    same = (copies.dosages(np.s_[:]) == train.dosages(np.s_[:])).mean()
    assert same == pytest.approx(1 - 0.2 * 2 / 3, abs=0.02)
    assert join(replace(test, calls=None), train, 1, ".").calls is None
