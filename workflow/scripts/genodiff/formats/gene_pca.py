"""Per-gene PCA of one chromosome: the fitted models and all individuals' scores, as Parquet.

models.parquet has one row per gene: the parameters of the projection and its inverse, which have no
numbers of single individuals. scores.parquet has one row per gene and component: mean and standard
deviation of the training individuals' scores, and the scores. Its columns individuals_0000,
individuals_0001 and so on contain blocks of individuals in the order of the `samples` metadata,
float32[INDIVIDUALS_PER_COLUMN] each (the last one is shorter), so that a block of individuals can be
read without the others.
"""

import json
import os
from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from genodiff.formats.common import read_samples, same_format, whole_file
from genodiff.runtime.memory import data_bytes

INDIVIDUALS_PER_COLUMN = 512
# Default bytes of genes in memory that wait for the next row group; writing it takes about twice as
# many. Each number of a model's row is a Python object.
ROW_GROUP_BYTES = 64 * 2**20
_OBJECT_BYTES = 40
MODEL_SCHEMA = pa.schema(
    [
        ("gene", pa.string()),
        ("chrom", pa.string()),
        ("pos", pa.list_(pa.int64())),  # V
        ("id", pa.list_(pa.string())),  # V
        ("ref", pa.list_(pa.string())),  # V
        ("alt", pa.list_(pa.string())),  # V
        ("mean", pa.list_(pa.float64())),  # V: training mean dosage, which replaces missing calls
        ("loadings", pa.list_(pa.list_(pa.float64()))),  # k x V, orthonormal rows
        ("explained_variance", pa.list_(pa.float64())),  # k, in squared dosages
        ("total_variance", pa.float64()),  # of all V SNPs, training individuals
        ("imputed_calls", pa.int64()),  # missing calls of all individuals
    ],
    metadata={"format": "genodiff.gene_pca.3"},
)
# Columns of scores.parquet: over the float32 scores of training individuals, the mean and the population
# standard deviation.
MOMENTS = ("score_mean", "score_deviation")

# Fields of the models for `variance_kept`.
VARIANCE_FIELDS = ("explained_variance", "total_variance")


def individuals_columns(individuals: int) -> dict[str, slice]:
    """Names of the columns of scores.parquet for N `individuals`, in order, and the individuals of
    each."""
    starts = range(0, individuals, INDIVIDUALS_PER_COLUMN)
    stops = (min(start + INDIVIDUALS_PER_COLUMN, individuals) for start in starts)
    return {
        f"individuals_{i:04d}": slice(*ends) for i, ends in enumerate(zip(starts, stops, strict=True))
    }


def scores_schema(samples: list[str]) -> pa.Schema:
    """Arrow schema of scores.parquet for these individuals."""
    fields = [("gene", pa.string()), ("component", pa.int16())]  # components from 0
    fields += [(name, pa.float64()) for name in MOMENTS]
    for name, part in individuals_columns(len(samples)).items():
        fields.append((name, pa.list_(pa.float32(), part.stop - part.start)))
    return pa.schema(fields, metadata={"samples": json.dumps(samples), "format": "genodiff.scores.3"})


def row_group_bytes(memory_mb: int) -> int:
    """Bytes of genes in a row group of scores; with its copies less than a quarter of the memory."""
    return min(ROW_GROUP_BYTES, max(2**20, data_bytes(memory_mb) // 16))


def write_gene_pca(
    models_path: str | os.PathLike,
    scores_path: str | os.PathLike,
    samples: list[str],
    genes: Iterator[tuple[dict, np.ndarray]],
    row_group_bytes: int | None = None,
) -> int:
    """Write `(model, scores float32 (k, N))` of each gene; return the number of genes. A model is a
    MODEL_SCHEMA row with the MOMENTS of the scores, (k,) each, which are written with the scores; NaN
    where it has none.

    A row group ends with the gene that brings it to `row_group_bytes`, by default ROW_GROUP_BYTES.
    Raises ValueError on scores that do not fit the model or the individuals.
    """
    schema, most = scores_schema(samples), row_group_bytes or ROW_GROUP_BYTES
    # Dictionaries and statistics of numbers that rarely repeat cost time only.
    texts = {"use_dictionary": ["gene", "component"], "write_statistics": ["gene", "component"]}
    count = size = 0
    with (
        whole_file(models_path) as models_part,
        whole_file(scores_path) as scores_part,
        pq.ParquetWriter(models_part, MODEL_SCHEMA, compression="zstd") as models_out,
        pq.ParquetWriter(scores_part, schema, compression="zstd", **texts) as scores_out,
    ):
        rows, waiting = [], []

        def flush():
            own = [{name: row[name] for name in MODEL_SCHEMA.names} for row in rows]
            models_out.write_table(pa.Table.from_pylist(own, MODEL_SCHEMA))
            scores_out.write_table(_scores_table(rows, waiting, schema))
            rows.clear()
            waiting.clear()

        for model, scores in genes:
            _check_gene(model, scores, len(samples))
            rows.append(model)
            waiting.append(scores)
            size += scores.nbytes + _OBJECT_BYTES * (len(scores) + 4) * len(model["pos"])
            count += 1
            if size >= most:
                flush()
                size = 0
        if rows:
            flush()
    return count


def _moment(model: dict, name: str) -> np.ndarray:
    return np.asarray(model.get(name, np.full(len(model["loadings"]), np.nan)), float)


def _check_gene(model: dict, scores: np.ndarray, individuals: int) -> None:
    k = len(model["loadings"])
    fits = scores.shape == (k, individuals) and scores.dtype == np.float32
    if any(name in model for name in MOMENTS):
        mean, deviation = (_moment(model, name) for name in MOMENTS)
        fits &= mean.shape == deviation.shape == (k,) and bool(np.isfinite([mean, deviation]).all())
        # A component with a standard deviation of 0 cannot be standardised.
        fits &= bool(deviation.all())
    if not (fits and np.isfinite(scores).all()):
        raise ValueError(f"gene {model['gene']}: scores do not fit the model or the individuals")


def _scores_table(rows: list[dict], scores: list[np.ndarray], schema: pa.Schema) -> pa.Table:
    counts = [len(gene) for gene in scores]
    genes = np.repeat(np.array([row["gene"] for row in rows], object), counts)
    components = np.concatenate([np.arange(k, dtype=np.int16) for k in counts])
    columns = [pa.array(genes, pa.string()), pa.array(components)]
    for name in MOMENTS:
        columns.append(pa.array(np.concatenate([_moment(row, name) for row in rows])))
    for part in individuals_columns(scores[0].shape[1]).values():
        flat = np.concatenate([gene[:, part] for gene in scores]).ravel()
        columns.append(pa.FixedSizeListArray.from_arrays(pa.array(flat), part.stop - part.start))
    return pa.Table.from_arrays(columns, schema=schema)


def read_models(path: str | os.PathLike, fields: Sequence[str] | None = None) -> list[dict]:
    """The models of a chromosome in the order of genes; raises ValueError on another format.

    `fields`: the fields of MODEL_SCHEMA to read, by default all.
    """
    return list(iter_models(path, fields))


def iter_models(path: str | os.PathLike, fields: Sequence[str] | None = None) -> Iterator[dict]:
    """Yield what `read_models` returns, with one row group in memory at a time."""
    if not same_format(pq.read_schema(path), MODEL_SCHEMA):
        raise ValueError(f"{path}: not a per-gene PCA file of this version")
    with pq.ParquetFile(path) as file:
        for group in range(file.num_row_groups):
            yield from file.read_row_group(group, None if fields is None else list(fields)).to_pylist()


def read_moments(path: str | os.PathLike) -> list[list[list[float]]]:
    """Each of MOMENTS of scores.parquet: for each gene in order a list of k numbers."""
    table = pq.read_table(path, columns=["component", *MOMENTS])
    starts = np.flatnonzero(table["component"].to_numpy() == 0)
    ends = [*starts[1:], len(table)]
    return [
        [values[a:b].tolist() for a, b in zip(starts, ends, strict=bool(len(starts)))]
        for values in (table[name].to_numpy() for name in MOMENTS)
    ]


def variance_kept(genes: list[dict]) -> np.ndarray:
    """Percent of the variance of each gene that its components explain, float64 (G,); NaN without
    variance.

    `genes`: models with at least VARIANCE_FIELDS.
    """
    kept = np.array([sum(gene["explained_variance"]) for gene in genes], float)
    total = np.array([gene["total_variance"] for gene in genes], float)
    # Rounding may give values slightly above 100.
    return 100 * np.minimum(np.divide(kept, total, out=np.full_like(kept, np.nan), where=total > 0), 1)


def iter_scores(path: str | os.PathLike, column: str) -> Iterator[np.ndarray]:
    """Yield the scores of one column of `individuals_columns` as float32 arrays (rows, individuals), row
    group by row group in the order of genes. Other columns are not read.

    Check the file with `read_score_samples` before.
    """
    with pq.ParquetFile(path) as file:
        width = file.schema_arrow.field(column).type.list_size
        for group in range(file.num_row_groups):
            scores = file.read_row_group(group, columns=[column])[column].combine_chunks()
            yield scores.flatten().to_numpy().reshape(-1, width)


def read_score_samples(path: str | os.PathLike) -> list[str]:
    """The individuals of a scores file in the order of its scores; raises ValueError on another
    format."""
    return read_samples(path, scores_schema)
