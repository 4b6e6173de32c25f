"""Individuals as rows, in memory and in a scratch file."""

import logging

import numpy as np
import pytest

from genodiff.evaluation.neighbours.rows import Store, join, read_rows, rows_of
from genodiff.evaluation.neighbours.search import between, within
from genodiff.formats.tensors import GeneFeatures, Individuals, Layout, write_individuals

LAYOUT = Layout(
    [GeneFeatures("A", "1", 9, [0.0] * 3, [1.0] * 3), GeneFeatures("B", "2", 2, [0.0], [1.0])],
    4, 3, ["case", "control"],
)  # fmt: skip
LABELS = ["case", None, "control", "control", None, "case", "control"]


@pytest.fixture
def individuals_file(tmp_path):
    """Seven individuals, two of them without a label; their x float32 (7, 4, 3)."""
    rng = np.random.default_rng(0)
    x = (rng.standard_normal((7, 4, 3)) * LAYOUT.mask()).astype(np.float32)
    blocks = [
        Individuals([f"p{i}" for i in part], [LABELS[i] for i in part], x[part])
        for part in ([0, 1, 2], [3, 4, 5, 6])
    ]
    write_individuals(tmp_path / "individuals.parquet", LAYOUT, blocks)
    return tmp_path / "individuals.parquet", x


@pytest.fixture(params=[1, 0], ids=["memory", "scratch file"])
def memory_mb(request):
    return request.param


def test_read_rows__unmasked_features_of_labelled_individuals(individuals_file, memory_mb, tmp_path):
    path, x = individuals_file
    rows = read_rows(path, LAYOUT, memory_mb, tmp_path / "scratch")
    expected = x[[0, 2, 3, 5, 6]][:, LAYOUT.mask()]
    assert rows.features == 4
    np.testing.assert_array_equal(rows.read(slice(None)), expected)
    np.testing.assert_array_equal(rows.labels, [0, 1, 1, 0, 1])
    np.testing.assert_allclose(rows.norms, np.linalg.norm(expected.astype(float), axis=1))
    assert (rows.store.memory is None) == (memory_mb == 0)


def test_read_rows__scratch_leaves_nothing_behind(individuals_file, tmp_path):
    path, _ = individuals_file
    rows = read_rows(path, LAYOUT, 0, tmp_path / "scratch")
    assert rows.store.file is not None
    assert list((tmp_path / "scratch").iterdir()) == []


@pytest.mark.parametrize("places", [[0, 1, 2, 3, 4], [3], [4, 0, 1], [2, 2, 3, 1], []])
def test_rows__any_places_in_any_order(individuals_file, memory_mb, tmp_path, places):
    path, x = individuals_file
    rows = read_rows(path, LAYOUT, memory_mb, tmp_path)
    expected = x[[0, 2, 3, 5, 6]][:, LAYOUT.mask()]
    np.testing.assert_array_equal(rows.read(np.array(places, int)), expected[places])
    own = rows.take(np.array(places, int))
    np.testing.assert_array_equal(own.columns(slice(1, 3)), expected[places, 1:3])
    part = rows.take(np.array([4, 1, 3]))
    np.testing.assert_array_equal(part.read(np.array([2, 0])), expected[[3, 4]])
    np.testing.assert_array_equal(part.labels, [1, 1, 0])


def test_search__is_the_same_from_a_scratch_file(tmp_path, cpu):
    rng = np.random.default_rng(1)
    x = rng.standard_normal((40, 30)).astype(np.float32)
    memory = rows_of(x, np.zeros(40))
    store = Store.empty(40, 30, 0, tmp_path)
    store.write(0, x[:25])
    store.write(25, x[25:])
    file = type(memory)(store, memory.numbers, memory.norms, memory.labels)
    one, two = within(memory, 3, cpu), within(file, 3, cpu)
    np.testing.assert_array_equal(one.indices, two.indices)
    there, back = between(memory.take(np.arange(10)), file.take(np.arange(10, 40)), 2, cpu)
    assert there.indices.shape == (10, 6)
    assert back.indices.shape == (30, 6)


@pytest.mark.parametrize("memory_mb", [0, 1])
def test_join__is_both_sets_in_memory_or_in_a_file(memory_mb, tmp_path):
    rng = np.random.default_rng(2)
    x, y = rng.standard_normal((3, 4)), rng.standard_normal((2, 4))
    both = join(rows_of(x, [0, 1, 0]), rows_of(y, [1, 1]), memory_mb, tmp_path)
    np.testing.assert_array_equal(both.read(slice(None)), np.concatenate([x, y]).astype(np.float32))
    assert both.labels.tolist() == [0, 1, 0, 1, 1]
    assert both.store.held_mb > 0 or not memory_mb
    np.testing.assert_array_equal(both.norms, rows_of(np.concatenate([x, y]), both.labels).norms)
    np.testing.assert_array_equal(both.take(np.array([3])).read(slice(None)), y[:1].astype(np.float32))


def test_join__copies_an_individual_once(tmp_path):
    x, times = np.arange(12, dtype=np.float32).reshape(3, 4), np.array([2, 0, 2, 2])
    calls = np.arange(6, dtype=np.int8).reshape(3, 2)
    first, second = rows_of(x, [0, 1, 0], calls), rows_of(-x, [1, 1, 0], calls + 6)
    both = join(first.take(times), second, 1, tmp_path)
    assert len(both.store.memory) == 2 + 3
    np.testing.assert_array_equal(both.read(slice(None)), np.concatenate([x[times], -x]))
    np.testing.assert_array_equal(both.dosages(slice(None)), np.concatenate([calls[times], calls + 6]))
    assert both.labels.tolist() == [0, 0, 0, 0, 1, 1, 0]
    np.testing.assert_array_equal(both.norms[:4], first.norms[times])
    once, counts = both.distinct()
    assert counts.tolist() == [1, 3, 1, 1, 1]
    np.testing.assert_array_equal(once.read(slice(None)), np.concatenate([x[[0, 2]], -x]))


def test_read_rows__says_that_individuals_of_zeros_have_no_direction(tmp_path, caplog):
    x = np.zeros((3, 4, 3), np.float32)
    x[1, 0, 0] = 1
    individuals = Individuals(["a", "b", "c"], ["case", "case", "control"], x)
    write_individuals(tmp_path / "zeros.parquet", LAYOUT, [individuals])
    with caplog.at_level(logging.WARNING, "genodiff"):
        read_rows(tmp_path / "zeros.parquet", LAYOUT, 1, tmp_path)
    assert "2 individuals are zero in every feature; they have no direction" in caplog.text


def test_read_rows__raises_when_nobody_has_a_label(tmp_path):
    individuals = Individuals(["a"], [None], np.zeros((1, 4, 3), np.float32))
    write_individuals(tmp_path / "nobody.parquet", LAYOUT, [individuals])
    with pytest.raises(ValueError, match="no individual in this file has a label"):
        read_rows(tmp_path / "nobody.parquet", LAYOUT, 1, tmp_path)
