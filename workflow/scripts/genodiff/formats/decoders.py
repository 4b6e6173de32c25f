"""Fitted decoders of one chromosome, as Parquet: one row for each gene and parameter.

They are fitted on training individuals and have no numbers of single ones. A decoder without parameters
has a file without rows.
"""

import os
from collections.abc import Iterator
from itertools import groupby

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from genodiff.formats.common import same_format, whole_file

# Bytes of parameters after which a row group ends with the current gene.
ROW_GROUP_BYTES = 8 * 2**20


def _schema(decoder: str) -> pa.Schema:
    fields = [
        ("gene", pa.string()),
        ("parameter", pa.string()),
        ("shape", pa.list_(pa.int32())),
        ("values", pa.list_(pa.float32())),  # in row-major order
    ]
    return pa.schema(fields, metadata={"decoder": decoder, "format": "genodiff.decoder.1"})


def write_decoder(
    path: str | os.PathLike, decoder: str, genes: Iterator[tuple[str, dict[str, np.ndarray]]]
) -> None:
    """Write the parameters, float32 arrays by name, of each gene; raises ValueError on NaN."""
    schema = _schema(decoder)
    with whole_file(path) as temporary, pq.ParquetWriter(temporary, schema, compression="zstd") as out:
        rows, size = [], 0
        for gene, parameters in genes:
            for name, values in parameters.items():
                if values.dtype != np.float32 or np.isnan(values).any():
                    raise ValueError(f"gene {gene}: parameter {name} is not float32, or not a number")
                rows.append((gene, name, list(values.shape), pa.array(values.ravel())))
                size += values.nbytes
            if size >= ROW_GROUP_BYTES:
                out.write_table(_table(rows, schema))
                rows, size = [], 0
        if rows:
            out.write_table(_table(rows, schema))


def _table(rows: list[tuple], schema: pa.Schema) -> pa.Table:
    genes, names, shapes, values = zip(*rows, strict=True)
    ends = np.cumsum([0, *map(len, values)], dtype=np.int32)
    lists = pa.ListArray.from_arrays(pa.array(ends), pa.concat_arrays(values))
    return pa.Table.from_arrays(
        [pa.array(genes), pa.array(names), pa.array(shapes, schema.field("shape").type), lists],
        schema=schema,
    )


def decoder_name(path: str | os.PathLike) -> str:
    """The decoder of a file; raises ValueError on another format."""
    found = pq.read_schema(path)
    name = (found.metadata or {}).get(b"decoder", b"").decode()
    if not same_format(found, _schema(name)):
        raise ValueError(f"{path}: not a file of a decoder of this version")
    return name


def iter_parameters(path: str | os.PathLike) -> Iterator[tuple[str, dict[str, np.ndarray]]]:
    """Yield each gene that has parameters, with its parameters; one row group in memory at a time."""
    decoder_name(path)
    with pq.ParquetFile(path) as file:
        for group in range(file.num_row_groups):
            table = file.read_row_group(group)
            columns = [table[name].to_pylist() for name in ("gene", "parameter", "shape")]
            rows = zip(*columns, table["values"], strict=True)
            for gene, own in groupby(rows, key=lambda row: row[0]):
                yield gene, {n: v.values.to_numpy().reshape(shape) for _, n, shape, v in own}
