"""Per-gene PCA of one chromosome: the fitted models and everybody's scores, as Parquet.

models.parquet, one row per gene: all that projecting a person and going back to dosages needs.
scores.parquet, one row per gene and component: float32[N], people in the order of the `samples`
metadata. Component-major, so that the tensor step can read it without holding it twice.
"""

import json
import os
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from genodiff.formats.common import read_samples, same_format, whole_file

GENES_PER_ROW_GROUP = 64
MODEL_SCHEMA = pa.schema(
    [
        ("gene", pa.string()),
        ("chrom", pa.string()),
        ("pos", pa.list_(pa.int64())),  # V
        ("ref", pa.list_(pa.string())),  # V
        ("alt", pa.list_(pa.string())),  # V
        ("mean", pa.list_(pa.float64())),  # V: training mean dosage, also the value of a missing call
        ("loadings", pa.list_(pa.list_(pa.float64()))),  # k x V, orthonormal rows
        ("explained_variance", pa.list_(pa.float64())),  # k, in squared dosages
        ("total_variance", pa.float64()),  # of all V SNPs, training people
        ("imputed_calls", pa.int64()),  # missing calls of all people that got the mean
    ],
    metadata={"format": "genodiff.gene_pca.1"},
)


def scores_schema(samples: list[str]) -> pa.Schema:
    """Arrow schema of scores.parquet for these people."""
    fields = [
        ("gene", pa.string()),
        ("component", pa.int16()),  # from 0
        ("scores", pa.list_(pa.float32(), len(samples))),
    ]
    return pa.schema(fields, metadata={"samples": json.dumps(samples), "format": "genodiff.scores.1"})


def write_gene_pca(
    models_path: str | os.PathLike,
    scores_path: str | os.PathLike,
    samples: list[str],
    genes: Iterator[tuple[dict, np.ndarray]],
) -> int:
    """Write `(model as a MODEL_SCHEMA row, scores float32 (k, N))` of each gene; return their number."""
    scores_type = scores_schema(samples)
    count = 0
    with (
        whole_file(models_path) as models_part,
        whole_file(scores_path) as scores_part,
        pq.ParquetWriter(models_part, MODEL_SCHEMA, compression="zstd") as models_out,
        pq.ParquetWriter(scores_part, scores_type, compression="zstd") as scores_out,
    ):
        rows, tables = [], []

        def flush():
            if rows:
                models_out.write_table(pa.Table.from_pylist(rows, MODEL_SCHEMA))
                scores_out.write_table(pa.concat_tables(tables))
                rows.clear()
                tables.clear()

        for model, scores in genes:
            k, n = scores.shape
            if n != len(samples) or k != len(model["loadings"]) or not np.isfinite(scores).all():
                raise ValueError(f"gene {model['gene']}: scores do not fit the model or the people")
            flat = pa.array(np.ascontiguousarray(scores, np.float32).ravel())
            columns = [
                pa.array([model["gene"]] * k, pa.string()),
                pa.array(range(k), pa.int16()),
                pa.FixedSizeListArray.from_arrays(flat, n),
            ]
            rows.append(model)
            tables.append(pa.Table.from_arrays(columns, schema=scores_type))
            count += 1
            if len(rows) >= GENES_PER_ROW_GROUP:
                flush()
        flush()
    return count


def read_models(path: str | os.PathLike) -> list[dict]:
    """The models of a chromosome, in gene order; raises ValueError on another format."""
    table = pq.read_table(path)
    if not same_format(table.schema, MODEL_SCHEMA):
        raise ValueError(f"{path}: not a per-gene PCA file of this version")
    return table.to_pylist()


def variance_kept(genes: list[dict]) -> np.ndarray:
    """Percent of its variance that each gene's components keep, float64 (G,); NaN for none at all."""
    kept = np.array([sum(gene["explained_variance"]) for gene in genes], float)
    total = np.array([gene["total_variance"] for gene in genes], float)
    # Rounding may put a gene that keeps everything above 100.
    return 100 * np.minimum(np.divide(kept, total, out=np.full_like(kept, np.nan), where=total > 0), 1)


def iter_scores(path: str | os.PathLike) -> Iterator[np.ndarray]:
    """Scores of a chromosome as float32 arrays (rows, N), row group by row group, in gene order."""
    samples = read_score_samples(path)
    with pq.ParquetFile(path) as file:
        for group in range(file.num_row_groups):
            scores = file.read_row_group(group, columns=["scores"])["scores"].combine_chunks()
            yield scores.flatten().to_numpy().reshape(-1, len(samples))


def read_score_samples(path: str | os.PathLike) -> list[str]:
    """The people of a scores file, in the order of its scores; raises ValueError on another format."""
    return read_samples(path, scores_schema)
