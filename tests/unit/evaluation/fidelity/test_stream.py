"""Real and synthetic dosages come in one order, each SNP once."""

import json

import numpy as np
import pandas as pd
import pytest

from genodiff.evaluation.fidelity.base import FidelitySettings
from genodiff.evaluation.fidelity.job import block_mb, fidelity_job
from genodiff.evaluation.fidelity.people import CANDIDATE, TEST, TRAIN, People
from genodiff.evaluation.fidelity.stream import Decoded, Matrices, blocks
from genodiff.formats.tensors import GeneFeatures, Individuals, Layout, write_individuals
from genodiff.runtime.errors import InputError

# Genes of two chromosomes by rows of their sites: one within another, a shared SNP, two SNPs at one
# position, and an order of genes by their starts.
GENES = [
    {"long": [0, 1, 2, 8, 9], "inner": [2, 3, 4, 5], "next": [5, 6, 7], "last": [10, 11]},
    {"only": list(range(12))},
]
POSITIONS = [10, 20, 30, 40, 50, 50, 60, 70, 80, 90, 100, 2_000_000]


@pytest.fixture
def cohort(write_cohort):
    """60 training, 20 test and 5 other individuals, shuffled."""
    rng = np.random.default_rng(0)
    sets = rng.permutation(["train"] * 60 + ["test"] * 20 + ["validation"] * 5)
    split = pd.DataFrame(
        {
            "sample": [f"i{n}" for n in range(85)],
            "label": rng.permutation(["case", "control"] * 42 + ["case"]),
            "set": sets,
        }
    )
    sites = [(p, "A", "CG"[n % 2]) for n, p in enumerate(POSITIONS)]
    dosages = [rng.integers(0, 3, (12, 85)).astype(np.int8) for _ in GENES]
    chromosomes = {
        str(n + 1): (sites, dosage, genes)
        for n, (dosage, genes) in enumerate(zip(dosages, GENES, strict=True))
    }
    return write_cohort(chromosomes, split), split


def people_of(split, candidates):
    sides = [
        (split.loc[split["set"] == name, "label"] == "control").to_numpy(int) for name in (TRAIN, TEST)
    ]
    return People(["case", "control"], "control", *sides, candidates, 2, 100, 0)


@pytest.mark.parametrize("memory_mb", [0, 1000])
def test_blocks__each_snp_once_in_order_with_the_dosages_of_all(cohort, write_decoded, memory_mb):
    files, split = cohort
    own = np.random.default_rng(1).integers(0, 3, (24, 30)).astype(np.int8)
    bed = write_decoded(files.sites, own)
    people = people_of(split, np.arange(30) % 2)
    matrices = Matrices(files.matrices, files.models)
    decoded = Decoded(bed, matrices.keys, 30)
    columns = {name: np.flatnonzero(split["set"] == name) for name in (TRAIN, TEST)}
    found = list(blocks(matrices, columns, decoded, people, memory_mb))
    if memory_mb == 0:
        assert max(len(block.sites) for block in found) == 1
    joined = {
        name: np.concatenate([block.dosage[name] for block in found])
        for name in (TRAIN, TEST, CANDIDATE)
    }
    real = np.concatenate(files.dosage)
    assert np.array_equal(joined[TRAIN], real[:, columns[TRAIN]])
    assert np.array_equal(joined[TEST], real[:, columns[TEST]])
    assert np.array_equal(joined[CANDIDATE], own)
    assert [block.first for block in found] == np.cumsum([0, *(len(b.sites) for b in found)])[
        :-1
    ].tolist()
    assert np.concatenate([block.sites.position for block in found]).tolist() == 2 * POSITIONS
    assert np.concatenate([block.sites.chromosome for block in found]).tolist() == [0] * 12 + [1] * 12
    frequency = np.concatenate([block.sites.frequency for block in found])
    assert frequency == pytest.approx(real[:, columns[TRAIN]].mean(1) / 2)


def test_matrices__a_snp_belongs_to_the_gene_that_it_is_decoded_from(cohort):
    files, _ = cohort
    sites = Matrices(files.matrices, files.models).sites
    assert sites.gene[:2].tolist() == [0, 0]
    assert sites.gene[2] in (0, 1)
    assert sites.gene[5] in (1, 2)
    assert set(sites.gene[12:]) == {4}


def test_decoded__snps_in_another_order_at_one_position_are_sorted(cohort, write_decoded):
    files, _ = cohort
    order = [0, 1, 2, 3, 5, 4, *range(6, 12)]
    own = np.random.default_rng(2).integers(0, 3, (24, 4)).astype(np.int8)
    sites = [[files.sites[0][i] for i in order], files.sites[1]]
    keys = Matrices(files.matrices, files.models).keys
    found = Decoded(write_decoded(sites, own), keys, 4).read(0, slice(0, 12))
    assert np.array_equal(found, own[:12][order])


def test_decoded__refuses_other_snps_and_individuals_and_missing_calls(cohort, write_decoded):
    files, _ = cohort
    keys = Matrices(files.matrices, files.models).keys
    own = np.zeros((24, 4), np.int8)
    with pytest.raises(ValueError, match="4 individuals, but 5 labels"):
        Decoded(write_decoded(files.sites, own), keys, 5)
    other = [[*files.sites[0][:-1], (7, "A", "G")], files.sites[1]]
    with pytest.raises(ValueError, match="not those of the cohort, in its order"):
        Decoded(write_decoded(other, own), keys, 4)
    with pytest.raises(ValueError, match="23 SNPs, not those of the cohort"):
        Decoded(write_decoded([files.sites[0][1:], files.sites[1]], own[1:]), keys, 4)
    own[3, 2] = -127
    with pytest.raises(ValueError, match="lacks a call"):
        Decoded(write_decoded(files.sites, own), keys, 4).read(0, slice(0, 12))


def write_labels(path, labels):
    """A tensor file of individuals with these labels."""
    layout = Layout([GeneFeatures("g", "1", 1, [0.0], [1.0])], 1, 1, sorted(set(labels) - {None}))
    x = np.zeros((len(labels), 1, 1), np.float32)
    names = [f"s{n}" for n in range(len(labels))]
    write_individuals(path, layout, [Individuals(names, labels, x)])
    return str(path)


@pytest.fixture
def job(cohort, tmp_path):
    """Function: path of a .bed and of labels, to the result of the job."""
    files, _ = cohort

    def run(bed, labels):
        output = tmp_path / "result.json"
        fidelity_job(
            matrices=files.matrices, models=files.models, split_path=files.split, bed_path=bed,
            labels_path=labels, output=str(output), row={"dataset": "theirs.genotypes", "seed": 4},
            control=None, settings=FidelitySettings(3, 100, 100, 100, 512), seed=0,
        )  # fmt: skip
        return json.loads(output.read_text())

    return run


def test_job__numbers_of_all_metrics_with_keys(job, cohort, write_decoded, tmp_path):
    files, _ = cohort
    own = np.random.default_rng(3).integers(0, 3, (24, 40)).astype(np.int8)
    labels = write_labels(tmp_path / "labels.parquet", ["case", "control"] * 20)
    found, null = job(write_decoded(files.sites, own), labels), job(None, None)
    for result in (found, null):
        assert (result["dataset"], result["seed"]) == ("theirs.genotypes", 4)
        assert {"metric", "number", "bin", "value", "se", "n"} == set(result["numbers"][0])
    keys = [[(row["metric"], row["number"], row["bin"]) for row in r["numbers"]] for r in (found, null)]
    assert keys[0] == keys[1]
    assert len(keys[0]) == len(set(keys[0]))
    text = json.dumps(found) + json.dumps(null)
    assert not any(f'"{sample}"' in text for sample in files.samples)
    assert found["curves"]["association"]["chromosomes"] == ["1", "2"]


def test_job__individuals_without_a_label_are_left_out(job, cohort, write_decoded, tmp_path):
    """As in a projected cohort that is evaluated like a generator's individuals."""
    files, _ = cohort
    own = np.random.default_rng(3).integers(0, 3, (24, 50)).astype(np.int8)
    labels = np.array(["case", "control"] * 20 + [None] * 10)[np.random.default_rng(4).permutation(50)]
    known = np.array([label is not None for label in labels])
    one, other = (
        job(
            write_decoded(files.sites, dosage, name),
            write_labels(tmp_path / f"{name}.parquet", own_labels.tolist()),
        )
        for name, dosage, own_labels in (
            ("whole", own, labels),
            ("known", own[:, known], labels[known]),
        )
    )
    assert one == other


def test_job__names_the_dataset_in_an_error(job, cohort, write_decoded, tmp_path):
    files, _ = cohort
    own = np.zeros((24, 4), np.int8)
    bed = write_decoded(files.sites, own)
    labels = write_labels(tmp_path / "labels.parquet", ["case"] * 4)
    with pytest.raises(InputError, match=r"theirs\.genotypes.*no candidate .*class 'control'"):
        job(bed, labels)
    labels = write_labels(tmp_path / "labels.parquet", ["case", "control", "other", "case"])
    with pytest.raises(InputError, match="the label 'other' is none of the classes case, control"):
        job(bed, labels)


def test_block_mb__is_what_comparisons_of_pairs_leave():
    assert block_mb(FidelitySettings(10, 1000, 5000, 2000, 2048)) == pytest.approx(
        2048 - 300 - 251.8, abs=1
    )
    with pytest.raises(
        InputError, match=r"fidelity\.memory_mb: 1024 .* 5000 individuals .* set it to 2844"
    ):
        block_mb(FidelitySettings(10, 5000, 5000, 2000, 1024))
