"""Per-gene PCA models and scores as Parquet."""

import weakref

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from genodiff.formats import gene_pca
from genodiff.formats.gene_pca import (
    MODEL_SCHEMA,
    MOMENTS,
    VARIANCE_FIELDS,
    individuals_columns,
    iter_scores,
    read_models,
    read_moments,
    read_score_samples,
    write_gene_pca,
)

SAMPLES = ["007", "b", "c", "d"]


def model(name, k, snps, seed=0, individuals=4):
    """A model row and scores."""
    rng = np.random.default_rng(seed)
    row = {
        "gene": name,
        "chrom": "1",
        "pos": list(range(1, snps + 1)),
        "id": [f"rs{i}" for i in range(snps)],
        "ref": ["A"] * snps,
        "alt": ["G"] * snps,
        "mean": rng.random(snps).tolist(),
        "loadings": rng.standard_normal((k, snps)).tolist(),
        "explained_variance": rng.random(k).tolist(),
        "total_variance": 3.5,
        "imputed_calls": 2,
        "score_mean": rng.standard_normal(k).tolist(),
        "score_deviation": (1 + rng.random(k)).tolist(),
    }
    return row, rng.standard_normal((k, individuals)).astype(np.float32)


def paths(tmp_path):
    return tmp_path / "models.parquet", tmp_path / "scores.parquet"


def read_scores(path, individuals):
    """Scores of all individuals, float32 (rows, N), by columns."""
    return np.concatenate(
        [np.concatenate(list(iter_scores(path, c))) for c in individuals_columns(individuals)], 1
    )


@pytest.mark.parametrize("block", [1, 3, 4, 512])
@pytest.mark.parametrize("count", [1, 5, 60])
def test_gene_pca__comes_back_as_written(tmp_path, monkeypatch, count, block):
    monkeypatch.setattr(gene_pca, "INDIVIDUALS_PER_COLUMN", block)
    genes = [model(f"g{i}", 1 + i % 3, 4, seed=i) for i in range(count)]
    models, scores = paths(tmp_path)
    assert write_gene_pca(models, scores, SAMPLES, iter(genes)) == count
    assert read_models(models) == [{n: row[n] for n in MODEL_SCHEMA.names} for row, _ in genes]
    # What stays with the real data is in the file of the scores.
    moments = [[row[name] for row, _ in genes] for name in MOMENTS]
    assert read_moments(scores) == moments
    assert read_score_samples(scores) == SAMPLES
    found = read_scores(scores, len(SAMPLES))
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, np.concatenate([s for _, s in genes]))


@pytest.mark.parametrize(("individuals", "last"), [(1, 1), (511, 511), (512, 512), (513, 1), (1100, 76)])
def test_individuals_columns__are_everybody_in_order_and_the_last_may_be_short(individuals, last):
    columns = individuals_columns(individuals)
    assert list(columns) == [f"individuals_{i:04d}" for i in range(-(-individuals // 512))]
    assert [i for part in columns.values() for i in range(part.start, part.stop)] == list(
        range(individuals)
    )
    assert {part.stop - part.start for part in list(columns.values())[:-1]} <= {512}
    final = list(columns.values())[-1]
    assert final.stop - final.start == last


def test_gene_pca__a_block_of_individuals_is_one_column_and_others_are_not_read(tmp_path, monkeypatch):
    individuals, read = 1030, []
    rows, own = model("A", 3, 5, individuals=individuals)
    models, scores = paths(tmp_path)
    write_gene_pca(models, scores, [f"p{i}" for i in range(individuals)], iter([(rows, own)] * 4), 1)
    whole = pq.ParquetFile.read_row_group
    monkeypatch.setattr(
        pq.ParquetFile,
        "read_row_group",
        lambda f, i, columns: read.append(columns) or whole(f, i, columns),
    )
    blocks = list(iter_scores(scores, "individuals_0002"))
    assert read == [["individuals_0002"]] * 4
    assert [block.shape for block in blocks] == [(3, 6)] * 4
    np.testing.assert_array_equal(blocks[2], own[:, 1024:])


def row_groups(path):
    with pq.ParquetFile(path) as file:
        return [file.metadata.row_group(i).num_rows for i in range(file.num_row_groups)]


def test_write_gene_pca__row_groups_end_on_genes_at_so_many_bytes(tmp_path):
    individuals = 1000
    samples = [f"p{i}" for i in range(individuals)]
    genes = [model(f"g{i}", k, 2, i, individuals) for i, k in enumerate([2, 2, 2, 8, 1, 1, 1])]
    models, scores = paths(tmp_path)
    write_gene_pca(models, scores, samples, iter(genes), 5 * 4 * individuals)
    assert row_groups(scores) == [6, 8, 3]
    assert row_groups(models) == [3, 1, 3]
    # Models count too: where individuals are few they are what takes memory.
    genes = [model(f"g{i}", 1, 500, i) for i in range(6)]
    write_gene_pca(models, scores, SAMPLES, iter(genes), 2 * 500 * 5 * 40)
    assert row_groups(models) == [2, 2, 2]


def test_write_gene_pca__holds_no_more_genes_than_a_row_group(tmp_path):
    individuals, given = 1000, []
    samples = [f"p{i}" for i in range(individuals)]

    def genes():
        for i in range(40):
            row, own = model(f"g{i}", 1, 2, i, individuals)
            given.append(weakref.ref(own))
            yield row, own
            del own
            alive.append(sum(one() is not None for one in given))

    alive = []
    write_gene_pca(*paths(tmp_path), samples, genes(), 5 * 4 * individuals)
    assert len(alive) == 40
    assert max(alive) <= 6


def test_read_models__some_fields_only(tmp_path):
    models, scores = paths(tmp_path)
    row, own = model("A", 2, 3)
    write_gene_pca(models, scores, SAMPLES, iter([(row, own)]))
    assert read_models(models, VARIANCE_FIELDS) == [{name: row[name] for name in VARIANCE_FIELDS}]
    assert list(row) == [*MODEL_SCHEMA.names, *MOMENTS]


def test_gene_pca__scores_name_gene_and_component(tmp_path):
    models, scores = paths(tmp_path)
    write_gene_pca(models, scores, SAMPLES, iter([model("A", 2, 3), model("B", 1, 3)]))
    table = pq.read_table(scores)
    assert table["gene"].to_pylist() == ["A", "A", "B"]
    assert table["component"].to_pylist() == [0, 1, 0]
    assert table.schema.field("individuals_0000").type == pa.list_(pa.float32(), 4)
    assert table.column_names == ["gene", "component", *MOMENTS, "individuals_0000"]


def test_gene_pca__no_genes(tmp_path):
    models, scores = paths(tmp_path)
    assert write_gene_pca(models, scores, SAMPLES, iter([])) == 0
    assert read_models(models) == []
    assert list(iter_scores(scores, "individuals_0000")) == []
    assert read_score_samples(scores) == SAMPLES
    assert read_moments(scores) == [[], []]


def test_gene_pca__without_moments(tmp_path):
    """As individuals of another cohort are written, which are not standardised by their own moments."""
    models, scores = paths(tmp_path)
    row, own = model("A", 2, 3)
    row = {name: row[name] for name in MODEL_SCHEMA.names}
    write_gene_pca(models, scores, SAMPLES, iter([(row, own)]))
    assert read_models(models) == [row]
    assert np.isnan(read_moments(scores)).all()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda row, s: (row, s[:, :3]),
        lambda row, s: (row, s[:1]),
        lambda row, s: (row, np.where(s == s[0, 0], np.nan, s)),
        lambda row, s: (row, np.where(s == s[0, 0], np.inf, s)),
        lambda row, s: (row, s.astype(float)),
        lambda row, s: (row | {"score_mean": [0.0]}, s),
        lambda row, s: (row | {"score_mean": [0.0, np.nan]}, s),
        lambda row, s: (row | {"score_deviation": [1.0, 0.0]}, s),
    ],
    ids=["individuals", "components", "nan", "infinite", "kind", "means", "mean", "deviation"],
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


def test_read_score_samples__raises_on_a_foreign_file_and_on_another_version(
    tmp_path, foreign_parquet, other_version
):
    models, scores = paths(tmp_path)
    write_gene_pca(models, scores, SAMPLES, iter([model("A", 2, 3)]))
    for path in (foreign_parquet, models, other_version(scores)):
        with pytest.raises(ValueError, match=r"not a file of format genodiff\.scores\.3"):
            read_score_samples(path)


def test_read_score_samples__raises_on_another_block_size(tmp_path, monkeypatch):
    models, scores = paths(tmp_path)
    write_gene_pca(models, scores, SAMPLES, iter([model("A", 2, 3)]))
    monkeypatch.setattr(gene_pca, "INDIVIDUALS_PER_COLUMN", 3)
    with pytest.raises(ValueError, match="not a file of format"):
        read_score_samples(scores)
