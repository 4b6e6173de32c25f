"""Parameters of decoders as Parquet, and the table of the round trip."""

import numpy as np
import pytest

from genodiff.formats import decoders
from genodiff.formats.decoders import decoder_name, iter_parameters, write_decoder
from genodiff.formats.decoding import read_decoding


def parameters(snps, seed=0):
    rng = np.random.default_rng(seed)
    cuts = rng.standard_normal((snps, 2)).astype(np.float32)
    cuts[0] = -np.inf, np.inf
    return {"cuts": cuts, "factors": np.empty((0, snps), np.float32)}


@pytest.mark.parametrize("size", [1, 2**20])
def test_decoder__is_read_as_written(tmp_path, monkeypatch, size):
    monkeypatch.setattr(decoders, "ROW_GROUP_BYTES", size)
    genes = [(f"g{i}", parameters(i + 1, i)) for i in range(5)]
    write_decoder(tmp_path / "d.parquet", "mine", iter(genes))
    assert decoder_name(tmp_path / "d.parquet") == "mine"
    for (name, expected), (gene, found) in zip(
        genes, iter_parameters(tmp_path / "d.parquet"), strict=True
    ):
        assert gene == name
        assert found.keys() == expected.keys()
        for key, values in expected.items():
            np.testing.assert_array_equal(found[key], values)
            assert found[key].shape == values.shape
            assert found[key].dtype == np.float32


def test_decoder__without_genes_or_parameters(tmp_path):
    for genes in ([], [("A", {})]):
        write_decoder(tmp_path / "d.parquet", "round", iter(genes))
        assert list(iter_parameters(tmp_path / "d.parquet")) == []


@pytest.mark.parametrize("value", [np.array([np.nan], np.float32), np.array([1.0])])
def test_write_decoder__raises_on_what_is_no_number_or_float32(tmp_path, value):
    with pytest.raises(ValueError, match="gene A: parameter cuts"):
        write_decoder(tmp_path / "d.parquet", "x", iter([("A", {"cuts": value})]))
    assert list(tmp_path.iterdir()) == []


def test_decoder__raises_on_a_foreign_file_and_on_another_version(
    tmp_path, foreign_parquet, other_version
):
    write_decoder(tmp_path / "d.parquet", "round", iter([("A", parameters(2))]))
    for path in (foreign_parquet, other_version(tmp_path / "d.parquet")):
        with pytest.raises(ValueError, match="not a file of a decoder of this version"):
            next(iter_parameters(path))


def test_read_decoding__raises_on_another_table(tmp_path):
    (tmp_path / "decoding.tsv").write_text("decoder\tset\nround\ttest\n")
    with pytest.raises(ValueError, match="not a table of decoding"):
        read_decoding(tmp_path / "decoding.tsv")
