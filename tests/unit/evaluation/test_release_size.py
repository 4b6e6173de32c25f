"""Attacks on parts of a released cohort, against theory and planted leaks."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from genodiff.evaluation.attacks import ATTACKS, FREQUENCY, STRONGEST
from genodiff.evaluation.attacks.base import Known
from genodiff.evaluation.attacks.frequency import Frequency, expected_auc
from genodiff.evaluation.base import Comparison, Sets
from genodiff.evaluation.membership import Membership
from genodiff.evaluation.neighbours.rows import read_rows, rows_of, with_features
from genodiff.evaluation.neighbours.search import Budget
from genodiff.evaluation.release_size import (
    ReleaseSize,
    Shares,
    mean_auc,
    parts,
    spaced,
    strongest_on_parts,
)
from genodiff.evaluation.release_size_job import release_size_job
from genodiff.evaluation.roc import auc_interval
from genodiff.formats.tensors import GeneFeatures, Individuals, Layout, write_individuals
from genodiff.runtime.errors import InputError
from genodiff.tables.release_size import RELEASE_SIZE_COLUMNS

CPU = Budget(64, torch.device("cpu"))
GENES = 20
LAYOUT = Layout(
    [GeneFeatures(f"G{i}", "1", 3 + i, [0.0] * 4, [1.0] * 4) for i in range(6)],
    6, 4, ["case", "control"],
)  # fmt: skip


def normal(counts, seed, features=5 * GENES, means=0.0):
    """Normal individuals, `counts` of each class, around the means (C, D) of their classes."""
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(len(counts)), counts)
    x = rng.standard_normal((len(labels), features)) + np.broadcast_to(means, (2, features))[labels]
    return rows_of(x.astype(np.float32), labels)


def fitted(train, counts, seed):
    """Individuals of a generator that has the means of its training individuals."""
    x = train.read(slice(None))
    means = np.stack([x[train.labels == number].mean(0) for number in (0, 1)])
    return normal(counts, seed, x.shape[1], means)


@pytest.fixture(scope="module")
def everybody():
    """A dataset with the means of the training individuals, and the same sets with the null."""
    train, test, unseen = normal([150, 150], 1), normal([150, 150], 2), normal([60, 60], 3)
    genes, none = np.arange(5 * GENES) // 5, test.take(np.arange(0))
    sets = Sets(train, test, fitted(train, [300, 300], 4), 2, False, genes, unseen, False)
    return sets, Sets(train, test, unseen, 2, True, genes, none, False)


@pytest.fixture(scope="module")
def table():
    """Function: rows by individuals, genes and attack."""

    def rows(sets, null, individuals=(0.1, 0.5, 1), genes=(0.25, 1), attacks=("nearest",)):
        settings = Comparison(5, 3, planted_share=0.1, attack_repeats=2, memory_mb=64)
        shares = Shares(list(individuals), list(genes))
        chosen = ReleaseSize(settings, CPU, 0, shares, list(attacks), np.arange(GENES) + 1)
        found = list(chosen.table(sets, null))
        return {(row["individuals"], row["genes"], row["attack"]): row for row in found}

    return rows


@pytest.fixture(scope="module")
def found(everybody, table):
    """The rows of all shares."""
    return table(*everybody)


class TestTheory:
    @pytest.mark.parametrize(
        ("features", "members", "released", "references"),
        [(400, 100, 100, 5000), (400, 100, 20, 5000), (100, 200, 1000, 5000), (400, 100, 400, 100)],
    )
    def test_the_attack_on_means_reaches_what_is_expected(self, features, members, released, references):
        aucs = []
        for seed in range(12):
            train = normal([members, 0], 4 * seed, features)
            synthetic = normal([released, 0], 4 * seed + 1, features, train.read(slice(None)).mean(0))
            attack = Frequency(Known(synthetic, np.arange(features), 2), CPU, 0)
            attack.refer(normal([references, 0], 4 * seed + 2, features))
            others = attack.scores(normal([400, 0], 4 * seed + 3, features))
            aucs.append(auc_interval(attack.scores(train), others)[0])
        error = np.std(aucs, ddof=1) / np.sqrt(len(aucs))
        expected = expected_auc(features, members, released, references)
        assert abs(np.mean(aucs) - expected) < 3.5 * error
        assert error < 0.015

    def test_limits(self):
        exact = expected_auc(200, 50)
        assert expected_auc(200, 50, 1e9) == pytest.approx(exact)
        assert expected_auc(200, 50, 1e-9) == pytest.approx(0.5, abs=1e-4)
        sizes = [float(expected_auc(200, 50, m)) for m in (10, 50, 500)]
        assert sizes == sorted(sizes)
        # As many released as training individuals halve the squared distance.
        assert expected_auc(200, 50, 50) == pytest.approx(expected_auc(100, 50))

    def test_a_class_that_is_not_released_has_no_part_in_the_mean(self):
        own = mean_auc(100, np.array([50, 80]), np.array([30, 0]))
        assert own == pytest.approx(float(expected_auc(100, 50, 30)))


class TestParts:
    def test_parts_have_the_label_mix(self):
        found = parts(np.array([100, 300]), [1, 0.1, 0.001])
        assert [counts.tolist() for counts in found] == [[2, 2], [10, 30], [100, 300]]

    def test_a_class_without_individuals_stays_without(self):
        assert [counts.tolist() for counts in parts(np.array([0, 9]), [0.5, 1])] == [[0, 4], [0, 9]]

    def test_genes_are_evenly_spaced(self):
        assert spaced(10, 10).tolist() == list(range(10))
        assert spaced(10, 3).tolist() == [0, 3, 6]

    def test_features_are_those_of_the_genes(self, tmp_path):
        rows = normal([3, 4], 0, 6)
        for memory in (1, 0):
            some = with_features(rows, np.array([1, 4]), memory, tmp_path)
            np.testing.assert_array_equal(some.read(slice(None)), rows.read(slice(None))[:, [1, 4]])
            np.testing.assert_allclose(some.norms, np.linalg.norm(some.read(slice(None)), axis=1))


class TestTable:
    def test_more_individuals_and_more_snps_reveal_more(self, found):
        aucs = {
            size: found[*size, FREQUENCY]["auc"] for size in [(60, 5), (60, 20), (600, 5), (600, 20)]
        }
        assert aucs[60, 5] < aucs[60, 20] < aucs[600, 20]
        assert aucs[60, 5] < aucs[600, 5] < aucs[600, 20]
        bounds = [found[m, 20, FREQUENCY]["auc_bound"] for m in (60, 300, 600)]
        assert bounds == sorted(bounds)
        assert all(row["auc_bound"] is None for key, row in found.items() if key[2] == STRONGEST)

    def test_sizes_are_those_of_the_parts(self, found):
        assert list(dict.fromkeys(key[:2] for key in found)) == [
            (m, g) for g in (5, 20) for m in (60, 300, 600)
        ]
        few, all_ = found[60, 5, FREQUENCY], found[600, 20, FREQUENCY]
        # Every fourth gene, of 1, 5, 9, 13 and 17 SNPs; five features each.
        assert (few["snps"], few["features"]) == (45, 25)
        assert (all_["snps"], all_["features"]) == (210, 100)
        assert [found[m, 20, FREQUENCY]["null_individuals"] for m in (60, 300, 600)] == [60, 120, 120]

    def test_the_null_is_not_found(self, found):
        for row in found.values():
            assert row["null_auc_low"] < 0.5 < row["null_auc_high"]

    def test_the_whole_cohort_has_the_numbers_of_the_privacy_table(self, everybody, table):
        settings = Comparison(5, 3, planted_share=0.1, attack_repeats=2, memory_mb=64)
        whole = {row["attack"]: row for row in Membership(settings, CPU, 0).rows(everybody[0])}
        chosen = whole[STRONGEST]["chosen"]
        own = table(*everybody, individuals=[1], genes=[1], attacks=chosen.split(" and "))
        for attack in (FREQUENCY, STRONGEST):
            for column in ("chosen", "auc", "auc_low", "auc_high"):
                assert own[600, 20, attack][column] == whole[attack][column]

    def test_a_planted_leak_is_found_in_small_parts_too(self, everybody, table):
        sets, null = everybody
        leak = Sets(sets.train, sets.test, sets.train, 2, False, sets.genes, sets.references, False)
        found = table(leak, null, individuals=[0.3, 1], genes=[0.25, 1])
        assert found[300, 5, STRONGEST]["auc"] == 1
        # Copies of 30% of the training individuals: those are found, the others are not.
        assert found[90, 20, STRONGEST]["auc"] == pytest.approx(0.3 + 0.7 / 2, abs=0.08)


@pytest.mark.parametrize(
    ("chosen", "found"),
    [
        ("nearest and exact_run", ["nearest", "exact_run"]),
        ("with_genotypes and nearest", ["nearest"]),
        ("with_genotypes", ["frequency"]),
    ],
)
def test_attacks_that_need_more_than_components_are_not_tried(monkeypatch, chosen, found):
    class WithGenotypes(Frequency):
        uses_dosages = True

    monkeypatch.setitem(ATTACKS, "with_genotypes", SimpleNamespace(load=lambda: WithGenotypes))
    aucs = {"nearest": 0.5, "exact_run": None, "frequency": 0.7, "with_genotypes": 0.9}
    rows = [{"attack": name, "auc": auc} for name, auc in aucs.items()]
    rows.append({"attack": STRONGEST, "auc": 0.8, "chosen": chosen})
    assert strongest_on_parts(rows) == found


@pytest.fixture
def job(tmp_path):
    """Run the job; what it wrote."""

    def write(name, labels, seed):
        x = np.random.default_rng(seed).standard_normal((len(labels), 6, 4)) * LAYOUT.mask()
        individuals = Individuals(
            [f"secret{i}" for i in range(len(labels))], labels, x.astype(np.float32)
        )
        write_individuals(tmp_path / name, LAYOUT, [individuals])

    LAYOUT.write(tmp_path / "layout.json")
    both = ["case", "control"]
    for seed, (name, count) in enumerate({"train": 30, "test": 10, "null": 8, "dataset": 30}.items()):
        write(f"{name}.parquet", both * count, seed)
    write("cases.parquet", ["case"] * 20, 9)
    (tmp_path / "none.parquet").write_bytes(b"no tensors")
    privacy = {
        "rows": [{"attack": "nearest"}, {"attack": "strongest", "chosen": "nearest and exact_run"}]
    }
    (tmp_path / "privacy.json").write_text(json.dumps(privacy))

    def run(dataset="dataset", reference=None):
        paths = {f"{n}_path": str(tmp_path / f"{n}.parquet") for n in ("train", "test", "null")}
        release_size_job(
            layout_path=str(tmp_path / "layout.json"), **paths,
            dataset_path=str(tmp_path / f"{dataset}.parquet"),
            privacy_path=str(tmp_path / "privacy.json"),
            reference_path=reference and str(tmp_path / f"{reference}.parquet"),
            output=str(tmp_path / "out/rows.json"), row={"dataset": "mlp.genotypes", "seed": 3},
            shares=Shares([0.2, 1], [0.5, 1]), settings=Comparison(5, 3, 0.1, 2, 64), seed=7,
            device="cpu", threads=1,
        )  # fmt: skip
        text = (tmp_path / "out/rows.json").read_text()
        assert "secret" not in text
        return json.loads(text)["rows"]

    return run


@pytest.mark.usefixtures("torch_settings")
class TestJob:
    @pytest.mark.parametrize("reference", [None, "null"])
    def test_rows_have_the_columns_of_the_table(self, job, reference):
        rows = job(reference=reference)
        assert {tuple(row) for row in rows} == {tuple(RELEASE_SIZE_COLUMNS)}
        sizes = [(row["individuals"], row["genes"], row["snps"]) for row in rows[::2]]
        # Genes 0, 2 and 4, or all of them.
        assert sizes == [(12, 3, 15), (60, 3, 15), (12, 6, 33), (60, 6, 33)]
        assert {row["chosen"] for row in rows[1::2]} == {"nearest and exact_run"}

    def test_a_release_of_one_class(self, job):
        assert [row["individuals"] for row in job("cases")[::2]] == [4, 20] * 2

    def test_a_dataset_that_is_none_is_named(self, job):
        with pytest.raises(InputError, match=r"parts of dataset 'mlp.genotypes' \(.*none.parquet\)"):
            job("none")


def test_read_rows_is_not_needed_twice(job, monkeypatch):
    """The validation individuals are null and references; they are read once."""
    read = []
    monkeypatch.setattr(
        "genodiff.evaluation.release_size_job.read_rows",
        lambda path, *more: read.append(path) or read_rows(path, *more),
    )
    job()
    assert len(read) == len(set(read)) == 4
