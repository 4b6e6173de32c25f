"""Per-gene PCA models and scores as Parquet."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from genodiff.formats.gene_pca import (
    GENES_PER_ROW_GROUP,
    iter_scores,
    read_models,
    read_score_samples,
    write_gene_pca,
)

SAMPLES = ["007", "b", "c", "d"]


def model(name, k, snps, seed=0):
    """A model row and scores."""
    rng = np.random.default_rng(seed)
    row = {
        "gene": name,
        "chrom": "1",
        "pos": list(range(1, snps + 1)),
        "ref": ["A"] * snps,
        "alt": ["G"] * snps,
        "mean": rng.random(snps).tolist(),
        "loadings": rng.standard_normal((k, snps)).tolist(),
        "explained_variance": rng.random(k).tolist(),
        "total_variance": 3.5,
        "imputed_calls": 2,
    }
    return row, rng.standard_normal((k, len(SAMPLES))).astype(np.float32)


def paths(tmp_path):
    return tmp_path / "models.parquet", tmp_path / "scores.parquet"


@pytest.mark.parametrize("count", [1, GENES_PER_ROW_GROUP, 2 * GENES_PER_ROW_GROUP + 3])
def test_gene_pca__comes_back_as_written(tmp_path, count):
    genes = [model(f"g{i}", 1 + i % 3, 4, seed=i) for i in range(count)]
    models, scores = paths(tmp_path)
    assert write_gene_pca(models, scores, SAMPLES, iter(genes)) == count
    assert read_models(models) == [row for row, _ in genes]
    assert read_score_samples(scores) == SAMPLES
    blocks = list(iter_scores(scores))
    assert len(blocks) == -(-count // GENES_PER_ROW_GROUP)
    assert blocks[0].dtype == np.float32
    np.testing.assert_array_equal(np.concatenate(blocks), np.concatenate([s for _, s in genes]))


def test_gene_pca__scores_name_gene_and_component(tmp_path):
    models, scores = paths(tmp_path)
    write_gene_pca(models, scores, SAMPLES, iter([model("A", 2, 3), model("B", 1, 3)]))
    table = pq.read_table(scores)
    assert table["gene"].to_pylist() == ["A", "A", "B"]
    assert table["component"].to_pylist() == [0, 1, 0]
    assert table.schema.field("scores").type == pa.list_(pa.float32(), 4)


def test_gene_pca__no_genes(tmp_path):
    models, scores = paths(tmp_path)
    assert write_gene_pca(models, scores, SAMPLES, iter([])) == 0
    assert read_models(models) == []
    assert list(iter_scores(scores)) == []
    assert read_score_samples(scores) == SAMPLES


@pytest.mark.parametrize(
    "spoil",
    [
        lambda row, s: (row, s[:, :3]),
        lambda row, s: (row, s[:1]),
        lambda row, s: (row, np.where(s == s[0, 0], np.nan, s)),
        lambda row, s: (row, np.where(s == s[0, 0], np.inf, s)),
    ],
    ids=["people", "components", "nan", "infinite"],
)
def test_write_gene_pca__raises_on_scores_that_do_not_fit(tmp_path, spoil):
    models, scores = paths(tmp_path)
    with pytest.raises(ValueError, match="gene bad: scores do not fit"):
        write_gene_pca(models, scores, SAMPLES, iter([model("A", 2, 3), spoil(*model("bad", 2, 3))]))
    assert list(tmp_path.iterdir()) == []


def test_write_gene_pca__error_keeps_both_old_files(tmp_path):
    models, scores = paths(tmp_path)
    write_gene_pca(models, scores, SAMPLES, iter([model("A", 2, 3)]))
    before = models.read_bytes(), scores.read_bytes()

    def broken():
        yield model("B", 1, 3)
        raise RuntimeError("reader")

    with pytest.raises(RuntimeError, match="reader"):
        write_gene_pca(models, scores, SAMPLES, broken())
    assert (models.read_bytes(), scores.read_bytes()) == before
    assert len(list(tmp_path.iterdir())) == 2


def test_read_models__raises_on_a_foreign_file_and_on_scores(tmp_path, foreign_parquet):
    models, scores = paths(tmp_path)
    write_gene_pca(models, scores, SAMPLES, iter([model("A", 2, 3)]))
    for path in (foreign_parquet, scores):
        with pytest.raises(ValueError, match="not a per-gene PCA file of this version"):
            read_models(path)


def test_read_models__raises_on_another_version(tmp_path, other_version):
    models, scores = paths(tmp_path)
    write_gene_pca(models, scores, SAMPLES, iter([model("A", 2, 3)]))
    with pytest.raises(ValueError, match="not a per-gene PCA file of this version"):
        read_models(other_version(models))


@pytest.mark.parametrize("read", [read_score_samples, lambda path: list(iter_scores(path))])
def test_scores_readers__raise_on_a_foreign_file(foreign_parquet, read):
    with pytest.raises(ValueError, match="foreign"):
        read(foreign_parquet)
