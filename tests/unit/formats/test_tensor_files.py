"""layout.json and individuals as tensors."""

import json
import os
import resource
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from genodiff.formats import tensors
from genodiff.formats.tensors import (
    GeneFeatures,
    Individuals,
    IndividualsWriter,
    Layout,
    count_individuals,
    iter_individuals,
    map_unpacked,
    read_individuals,
    read_labels,
    synthetic_samples,
    tensor_schema,
    unpack,
    write_individuals,
)
from genodiff.runtime.errors import InputError

# Three genes of 2, 3 and 1 components in 4 x 3 features.
LAYOUT = Layout(
    genes=[
        GeneFeatures("A", "1", 5, [0.5, -1.25], [1.0, 2.0], 700),
        GeneFeatures("B", "1", 30, [0.1, 0.2, 0.3], [1.0, 1e-9, 3.0]),
        GeneFeatures("HLA-\u00e9", "X", 1, [0.0], [0.5]),
    ],
    padded_genes=4,
    components=3,
    classes=["case", "control"],
)
MASK = np.array([[1, 1, 0], [1, 1, 1], [1, 0, 0], [0, 0, 0]], bool)


def individuals(count, seed=0):
    rng = np.random.default_rng(seed)
    x = np.where(MASK, rng.standard_normal((count, 4, 3)), 0).astype(np.float32)
    labels = [["case", "control", None][i % 3] for i in range(count)]
    return Individuals([f"00{i}" for i in range(count)], labels, x)


def test_layout__comes_back_as_written(tmp_path):
    LAYOUT.write(tmp_path / "layout.json")
    assert Layout.read(tmp_path / "layout.json") == LAYOUT


def test_layout__of_an_earlier_version_has_no_positions(tmp_path):
    path = tmp_path / "layout.json"
    LAYOUT.write(path)
    content = json.loads(path.read_text())
    assert [gene.pop("position") for gene in content["genes"]] == [700, None, None]
    path.write_text(json.dumps(content))
    assert [gene.position for gene in Layout.read(path).genes] == [None] * 3


def test_layout__chromosomes_are_those_of_genes_that_are_no_padding():
    np.testing.assert_array_equal(LAYOUT.chromosomes(), [0, 0, 1])
    assert LAYOUT.chromosomes().dtype == replace(LAYOUT, genes=[]).chromosomes().dtype == np.int64


def test_layout__mask_is_the_unmasked_features():
    np.testing.assert_array_equal(LAYOUT.mask(), MASK)


def test_layout__class_numbers_with_unlabelled_last():
    numbers = LAYOUT.class_numbers(["control", None, "case"])
    assert numbers.dtype == np.int64
    assert numbers.tolist() == [1, 2, 0]
    with pytest.raises(ValueError, match=r"not in the layout: \['Case', 'ill'\]"):
        LAYOUT.class_numbers(["case", "ill", "Case"])


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"format": "genodiff.layout.2"}, "not a layout file"),
        ({"format": None}, "not a layout file"),
        ({"padded_genes": 2}, "do not fit into 2 x 3"),
        ({"components": 2}, "do not fit into 4 x 2"),
    ],
)
def test_layout_read__raises_on_another_format_or_features_that_do_not_fit(tmp_path, change, says):
    path = tmp_path / "layout.json"
    LAYOUT.write(path)
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(ValueError, match=rf"layout\.json: .*{says}"):
        Layout.read(path)


def test_individuals__come_back_as_written_block_by_block(tmp_path, monkeypatch):
    monkeypatch.setattr(tensors, "ROW_GROUP_BYTES", 3 * 4 * 4 * 3)  # three individuals a row group
    path, whole = tmp_path / "p.parquet", individuals(8)
    blocks = (
        Individuals(whole.samples[s], whole.labels[s], whole.x[s]) for s in (slice(5), slice(5, 8))
    )
    assert write_individuals(path, LAYOUT, blocks) == 8
    found = read_individuals(path, LAYOUT)
    assert (found.samples, found.labels) == (whole.samples, whole.labels)
    assert found.x.dtype == np.float32
    np.testing.assert_array_equal(found.x, whole.x)
    assert read_labels(path) == whole.labels
    with pq.ParquetFile(path) as file:
        assert [file.metadata.row_group(i).num_rows for i in range(file.num_row_groups)] == [3, 2, 3]


def test_individuals__x_is_a_fixed_shape_tensor_for_plain_pyarrow(tmp_path):
    whole = individuals(5)
    write_individuals(tmp_path / "p.parquet", LAYOUT, [whole])
    table = pq.read_table(tmp_path / "p.parquet")
    kind = table.schema.field("x").type
    assert kind.extension_name == "arrow.fixed_shape_tensor"
    assert isinstance(kind, pa.FixedShapeTensorType)
    assert (kind.shape, kind.value_type, kind.dim_names) == ([4, 3], pa.float32(), ["gene", "component"])
    assert table.column_names == ["sample", "label", "x"]
    np.testing.assert_array_equal(table["x"].combine_chunks().to_numpy_ndarray(), whole.x)
    # A row is the P x K matrix in row-major order, so that other tools can read the list as it is.
    assert table["x"].chunk(0).storage[1].as_py() == whole.x[1].ravel().tolist()
    assert table["label"].to_pylist() == whole.labels


@pytest.fixture
def groups_of_two(tmp_path, monkeypatch):
    """A file of five individuals in row groups of two, and these individuals."""
    monkeypatch.setattr(tensors, "ROW_GROUP_BYTES", 2 * 4 * 4 * 3)
    write_individuals(tmp_path / "p.parquet", LAYOUT, [individuals(5)])
    return tmp_path / "p.parquet", individuals(5)


def test_iter_individuals__gives_row_groups_in_order(groups_of_two):
    path, whole = groups_of_two
    blocks = list(iter_individuals(path, LAYOUT))
    assert [len(block.x) for block in blocks] == [2, 2, 1]
    assert [sample for block in blocks for sample in block.samples] == whole.samples
    assert [label for block in blocks for label in block.labels] == whole.labels
    assert {block.x.dtype for block in blocks} == {np.dtype(np.float32)}
    np.testing.assert_array_equal(np.concatenate([block.x for block in blocks]), whole.x)


def test_iter_individuals__reads_a_group_when_it_is_asked_for(groups_of_two, monkeypatch):
    groups, read = [], pq.ParquetFile.read_row_group
    monkeypatch.setattr(
        pq.ParquetFile, "read_row_group", lambda file, i: groups.append(i) or read(file, i)
    )
    blocks = iter_individuals(groups_of_two[0], LAYOUT)
    for expected in ([0], [0, 1], [0, 1, 2]):
        next(blocks)
        assert groups == expected
    assert list(blocks) == []


def test_iter_individuals__checks_every_group(groups_of_two):
    whole = individuals(5)
    whole.labels[:4] = ["case", None, "case", "control"]
    write_individuals(groups_of_two[0], LAYOUT, [whole])
    blocks = iter_individuals(groups_of_two[0], replace(LAYOUT, classes=["case"]))
    assert next(blocks).labels == ["case", None]
    with pytest.raises(ValueError, match=r"labels not in the layout: \['control'\]"):
        next(blocks)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_iter_individuals__raises_on_values_that_are_not_finite(tmp_path, value):
    # As another program may write it.
    x = np.zeros((1, 12), np.float32)
    x[0, 4] = value
    schema = tensor_schema(4, 3)
    storage = pa.FixedSizeListArray.from_arrays(pa.array(x.ravel()), 12)
    column = pa.ExtensionArray.from_storage(schema.field("x").type, storage)
    columns = [pa.array(["a"]), pa.array(["case"]), column]
    pq.write_table(pa.Table.from_arrays(columns, schema=schema), tmp_path / "p.parquet")
    with pytest.raises(ValueError, match=r"p\.parquet: values that are not finite"):
        list(iter_individuals(tmp_path / "p.parquet", LAYOUT))


def test_count_individuals__without_reading_them(groups_of_two, tmp_path):
    assert count_individuals(groups_of_two[0]) == 5
    write_individuals(tmp_path / "empty.parquet", LAYOUT, [])
    assert count_individuals(tmp_path / "empty.parquet") == 0


def test_synthetic_samples__go_on_from_block_to_block():
    assert synthetic_samples(0, 2) == ["SYN000001", "SYN000002"]
    assert synthetic_samples(0, 7) == synthetic_samples(0, 3) + synthetic_samples(3, 4)
    assert synthetic_samples(5, 0) == []
    # With more individuals than six digits count, names are still unique.
    assert len(set(synthetic_samples(999_990, 20))) == 20


def test_individuals__without_individuals_is_a_file(tmp_path):
    assert write_individuals(tmp_path / "p.parquet", LAYOUT, []) == 0
    found = read_individuals(tmp_path / "p.parquet", LAYOUT)
    assert (found.samples, found.x.shape) == ([], (0, 4, 3))


def spoilt(what):
    whole = individuals(3)
    at = {"padded": (1, 3, 0), "short gene": (1, 0, 2)}.get(what, (1, 1, 1))
    whole.x[at] = {"nan": np.nan, "infinite": np.inf}.get(what, 1.0)
    if what == "transposed":
        whole.x = whole.x.transpose(0, 2, 1)
    if what == "flat":
        whole.x = whole.x.reshape(3, 12)
    if what == "label":
        whole.labels[0] = "ill"
    if what == "individuals":
        whole.samples.pop()
    return whole


@pytest.mark.parametrize(
    "what", ["padded", "short gene", "nan", "infinite", "transposed", "flat", "label", "individuals"]
)
def test_write_individuals__raises_on_bad_individuals_and_leaves_nothing(tmp_path, what):
    with pytest.raises(ValueError, match=r"padded|labels|length"):
        write_individuals(tmp_path / "p.parquet", LAYOUT, [individuals(2), spoilt(what)])
    assert list(tmp_path.iterdir()) == []


def test_write_individuals__error_keeps_the_old_file(tmp_path):
    path = tmp_path / "p.parquet"
    write_individuals(path, LAYOUT, [individuals(2)])
    with pytest.raises(ValueError, match="padded"):
        write_individuals(path, LAYOUT, [spoilt("padded")])
    assert len(read_individuals(path, LAYOUT).samples) == 2


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"padded_genes": 8}, "not individuals of"),
        ({"components": 8}, "not individuals of"),
        ({"classes": ["case"]}, "labels not in the layout"),
        ({"genes": LAYOUT.genes[:1]}, "padded features"),
    ],
)
def test_read_individuals__raises_when_the_file_does_not_fit_the_layout(tmp_path, change, says):
    write_individuals(tmp_path / "p.parquet", LAYOUT, [individuals(3)])
    with pytest.raises(ValueError, match=says):
        read_individuals(tmp_path / "p.parquet", replace(LAYOUT, **change))


def test_read_individuals__raises_on_a_plain_list_column(tmp_path):
    table = pa.table(
        {"sample": ["a"], "label": ["case"], "x": pa.array([[0.0] * 12], pa.list_(pa.float32(), 12))}
    )
    pq.write_table(table, tmp_path / "p.parquet")
    with pytest.raises(ValueError, match=r"p\.parquet: not individuals of"):
        read_individuals(tmp_path / "p.parquet", LAYOUT)


def test_read_individuals__raises_on_a_foreign_file_and_on_another_version(
    tmp_path, foreign_parquet, other_version
):
    write_individuals(tmp_path / "p.parquet", LAYOUT, [individuals(3)])
    for path in (foreign_parquet, other_version(tmp_path / "p.parquet")):
        with pytest.raises(ValueError, match="not individuals of"):
            read_individuals(path, LAYOUT)


def test_tensor_schema__real_and_synthetic_individuals_share_it():
    assert tensor_schema(4, 3).equals(tensor_schema(4, 3), check_metadata=True)
    assert not tensor_schema(4, 3).equals(tensor_schema(3, 4))


def test_individuals_writer__several_files_at_once_appear_when_all_is_well(tmp_path):
    whole, paths = individuals(6), [tmp_path / "a.parquet", tmp_path / "b.parquet"]
    with IndividualsWriter(paths[0], LAYOUT) as a, IndividualsWriter(paths[1], LAYOUT) as b:
        for i in range(6):
            own = Individuals(whole.samples[i : i + 1], whole.labels[i : i + 1], whole.x[i : i + 1])
            (b if i % 3 else a).write(own)
        assert not any(path.exists() for path in paths)
        assert (a.count, b.count) == (2, 4)
    np.testing.assert_array_equal(read_individuals(paths[0], LAYOUT).x, whole.x[::3])
    assert read_individuals(paths[1], LAYOUT).samples == ["001", "002", "004", "005"]


def test_individuals_writer__an_error_leaves_none_of_them(tmp_path):
    def write():
        with (
            IndividualsWriter(tmp_path / "a.parquet", LAYOUT) as a,
            IndividualsWriter(tmp_path / "b.parquet", LAYOUT) as b,
        ):
            a.write(individuals(2))
            b.write(spoilt("padded"))

    with pytest.raises(ValueError, match="padded"):
        write()
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def unpacked(tmp_path, monkeypatch):
    """Five individuals in three row groups, and unpacked."""
    monkeypatch.setattr(tensors, "ROW_GROUP_BYTES", 4 * 12 * 2)
    write_individuals(tmp_path / "p.parquet", LAYOUT, [individuals(5)])
    assert pq.read_metadata(tmp_path / "p.parquet").num_row_groups == 3
    unpack(tmp_path / "p.parquet", LAYOUT, tmp_path / "p.npy")
    return tmp_path / "p.npy"


def test_unpack__the_array_is_that_of_the_parquet_file(unpacked):
    x = map_unpacked(unpacked, LAYOUT, 5)
    np.testing.assert_array_equal(x, individuals(5).x)
    assert isinstance(x, np.memmap)
    assert x.dtype == np.float32


def test_map_unpacked__writing_leaves_the_file_alone(unpacked):
    unpacked.chmod(0o444)
    map_unpacked(unpacked, LAYOUT, 5)[:] = 7
    np.testing.assert_array_equal(np.load(unpacked), individuals(5).x)


@pytest.mark.parametrize("size", [0, 60, 200])
def test_map_unpacked__raises_on_a_truncated_file(unpacked, size):
    os.truncate(unpacked, size)
    with pytest.raises(InputError, match=r"p\.npy cannot be read .* delete it"):
        map_unpacked(unpacked, LAYOUT, 5)


@pytest.mark.parametrize(
    ("count", "change", "message"),
    [
        (6, {}, r"holds float32 \(5, 4, 3\) where the individuals are float32 \(6, 4, 3\): delete it"),
        (5, {"padded_genes": 8}, r"float32 \(5, 8, 3\)"),
    ],
)
def test_map_unpacked__raises_on_another_layout(unpacked, count, change, message):
    with pytest.raises(InputError, match=message):
        map_unpacked(unpacked, replace(LAYOUT, **change), count)


@pytest.mark.parametrize(
    "values",
    [
        np.zeros((5, 4, 3)),
        np.zeros((3, 4, 5), np.float32).T,
    ],
)
def test_map_unpacked__raises_on_other_types_and_orders(tmp_path, values):
    np.save(tmp_path / "p.npy", values)
    with pytest.raises(InputError, match="delete it"):
        map_unpacked(tmp_path / "p.npy", LAYOUT, 5)


def test_unpack__a_full_disk_leaves_no_file(unpacked):
    unpacked.unlink()
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200, before[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            unpack(unpacked.with_suffix(".parquet"), LAYOUT, unpacked)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert [path.name for path in unpacked.parent.iterdir()] == ["p.parquet"]
