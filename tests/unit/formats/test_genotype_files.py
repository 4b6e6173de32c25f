"""Per-gene SNP matrices as Parquet."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from genodiff.formats import genotypes
from genodiff.formats.genotypes import (
    SNP_FIELDS,
    gene_sizes,
    iter_genes,
    read_samples,
    schema,
    write_genes,
)

SAMPLES = ["007", "P 2", "p,3"]


def gene(name, dosage, first=100):
    """A gene's SNP columns and its dosages."""
    count = len(dosage)
    columns = {
        "gene": [name] * count,
        "chrom": ["1"] * count,
        "pos": list(range(first, first + count)),
        "id": [f"rs{i}" for i in range(count)],
        "ref": ["A"] * count,
        "alt": ["C"] * count,
        "allele_frequency": [0.25] * count,
        "missing_rate": [0.5] * count,
    }
    return columns, np.array(dosage, np.int8)


GENES = [
    gene("A", [[0, 1, 2], [-1, 0, 2]]),
    gene("B", [[2, 2, 1]]),
    gene("C", [[0, 0, 1], [1, 1, 1], [0, -1, 0]]),
]


@pytest.mark.parametrize("row_group_bytes", [1, 7, 2**20])
def test_genes__come_back_as_written(tmp_path, monkeypatch, row_group_bytes):
    monkeypatch.setattr(genotypes, "ROW_GROUP_BYTES", row_group_bytes)
    path = tmp_path / "g.parquet"
    write_genes(path, SAMPLES, iter(GENES))
    assert read_samples(path) == SAMPLES
    found = list(iter_genes(path))
    assert len(found) == 3
    for (snps, dosage), (columns, expected) in zip(found, GENES, strict=True):
        assert snps.to_pydict() == columns
        assert dosage.dtype == np.int8
        np.testing.assert_array_equal(dosage, expected)


def test_genes__row_groups_end_on_gene_borders(tmp_path, monkeypatch):
    monkeypatch.setattr(genotypes, "ROW_GROUP_BYTES", 7)
    path = tmp_path / "g.parquet"
    write_genes(path, SAMPLES, iter(GENES))
    with pq.ParquetFile(path) as file:
        groups = [file.read_row_group(i)["gene"].to_pylist() for i in range(file.num_row_groups)]
    # A has 6 bytes, B brings it over 7; C is left.
    assert groups == [["A", "A", "B"], ["C", "C", "C"]]


def test_genes__plain_pyarrow_reads_the_file(tmp_path):
    path = tmp_path / "g.parquet"
    write_genes(path, SAMPLES, iter(GENES))
    table = pq.read_table(path)
    assert table.schema.field("dosage").type == pa.binary(3)
    assert table["dosage"].to_pylist()[1] == bytes([255, 0, 2])  # signed bytes: 255 is -1
    assert json.loads(table.schema.metadata[b"samples"]) == SAMPLES


def test_genes__none_is_a_file_with_individuals(tmp_path):
    write_genes(tmp_path / "g.parquet", SAMPLES, iter([]))
    assert read_samples(tmp_path / "g.parquet") == SAMPLES
    assert list(iter_genes(tmp_path / "g.parquet")) == []


@pytest.mark.parametrize(
    "bad",
    [
        gene("X", [[0, 1, 3]]),
        gene("X", [[0, 1, -2]]),
        gene("X", [[0, 1]]),
        (gene("X", [[0, 1, 2]])[0], np.zeros((2, 3), np.int8)),
        (gene("X", [[0, 1, 2]])[0], np.zeros((1, 3), np.int64)),
        (gene("X", [[0, 1, 2]])[0] | {"ref": []}, np.zeros((1, 3), np.int8)),
    ],
    ids=["3", "-2", "individuals", "SNPs", "dtype", "column"],
)
def test_write_genes__raises_on_bad_dosages_and_leaves_nothing(tmp_path, bad):
    with pytest.raises(ValueError, match=r"dosage|length|columns"):
        write_genes(tmp_path / "g.parquet", SAMPLES, iter([GENES[0], bad]))
    assert list(tmp_path.iterdir()) == []


def test_write_genes__error_of_its_source_keeps_the_old_file(tmp_path):
    path = tmp_path / "g.parquet"
    write_genes(path, SAMPLES, iter(GENES[:1]))

    def broken():
        yield GENES[1]
        raise RuntimeError("reader")

    with pytest.raises(RuntimeError, match="reader"):
        write_genes(path, SAMPLES, broken())
    assert [snps["gene"][0].as_py() for snps, _ in iter_genes(path)] == ["A"]


def test_iter_genes__raises_on_other_columns(tmp_path):
    path = tmp_path / "g.parquet"
    wrong = pa.schema([*(pa.field(*f) for f in SNP_FIELDS)], metadata=schema(SAMPLES).metadata)
    pq.write_table(wrong.empty_table(), path)
    with pytest.raises(ValueError, match=r"g\.parquet: not a file of format genodiff\.genotypes\.2"):
        list(iter_genes(path))


def test_iter_genes__raises_on_a_foreign_file(foreign_parquet):
    with pytest.raises(ValueError, match="not a file of format genodiff"):
        list(iter_genes(foreign_parquet))


def test_iter_genes__raises_on_another_version(tmp_path, other_version):
    path = tmp_path / "g.parquet"
    write_genes(path, SAMPLES, iter(GENES))
    with pytest.raises(ValueError, match=r"not a file of format genodiff\.genotypes\.2"):
        list(iter_genes(other_version(path)))


def test_gene_sizes__genes_in_order_with_the_snps_of_their_row_group(tmp_path, monkeypatch):
    monkeypatch.setattr(genotypes, "ROW_GROUP_BYTES", 3 * len(SAMPLES))
    genes = [gene(name, np.ones((snps, 3), np.int8)) for name, snps in (("A", 2), ("B", 4), ("C", 1))]
    write_genes(tmp_path / "g.parquet", SAMPLES, iter(genes))
    assert gene_sizes(tmp_path / "g.parquet") == [("A", 2, 6), ("B", 4, 6), ("C", 1, 1)]
    write_genes(tmp_path / "none.parquet", SAMPLES, iter([]))
    assert gene_sizes(tmp_path / "none.parquet") == []
