"""Per-gene SNP matrices of one chromosome, as Parquet.

One row per SNP and gene; the rows of a gene are consecutive and row groups end between genes, so that
genes can be read one by one. A SNP that two genes cover has two rows. `dosage` is a fixed-size binary
with one signed byte per individual (-1 missing), in the order of the `samples` metadata (a JSON list):
Parquet stores a list of int8 as 32-bit numbers with two levels each, which takes six times longer to
write.
"""

import json
import os
from collections.abc import Iterator
from itertools import groupby

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from genodiff.formats import common
from genodiff.formats.common import whole_file

# Bytes of dosages after which a row group ends with the current gene.
ROW_GROUP_BYTES = 32 * 2**20
MISSING_DOSAGE = -1
SNP_FIELDS = [
    ("gene", pa.string()),
    ("chrom", pa.string()),
    ("pos", pa.int64()),  # 1-based
    ("id", pa.string()),
    ("ref", pa.string()),
    ("alt", pa.string()),
    ("allele_frequency", pa.float32()),  # of ALT in training individuals, without missing calls
    ("missing_rate", pa.float32()),  # in training individuals
]


def schema(samples: list[str]) -> pa.Schema:
    """Arrow schema of a file of these N individuals: SNP_FIELDS and dosage, N bytes."""
    dosage = pa.field("dosage", pa.binary(len(samples)))
    metadata = {"samples": json.dumps(samples), "format": "genodiff.genotypes.2"}
    return pa.schema([*(pa.field(*f) for f in SNP_FIELDS), dosage], metadata=metadata)


def write_genes(path: str | os.PathLike, samples: list[str], genes: Iterator[tuple]) -> None:
    """Write genes from an iterator of `(SNP columns without dosage, dosages int8 (V, N))`.

    Raises ValueError if a dosage is not -1, 0, 1 or 2, or if shapes do not agree.
    """
    target = schema(samples)
    plain = [name for name, _ in SNP_FIELDS]  # without a dictionary of dosages, which rarely repeat
    with (
        whole_file(path) as temporary,
        pq.ParquetWriter(temporary, target, compression="zstd", use_dictionary=plain) as out,
    ):
        waiting, size = [], 0
        for snps, dosage in genes:
            if dosage.dtype != np.int8 or dosage.shape != (len(snps["pos"]), len(samples)):
                raise ValueError(f"dosages: {dosage.dtype} {dosage.shape} for {len(snps['pos'])} SNPs")
            if dosage.size and (dosage.min() < MISSING_DOSAGE or dosage.max() > 2):
                raise ValueError("a dosage is not -1, 0, 1 or 2")
            columns = [pa.array(snps[name], kind) for name, kind in SNP_FIELDS]
            columns.append(_as_binary(np.ascontiguousarray(dosage)))
            waiting.append(pa.Table.from_arrays(columns, schema=target))
            size += dosage.nbytes
            if size >= ROW_GROUP_BYTES:
                out.write_table(pa.concat_tables(waiting), row_group_size=2**31 - 1)
                waiting, size = [], 0
        if waiting:
            out.write_table(pa.concat_tables(waiting), row_group_size=2**31 - 1)


def read_samples(path: str | os.PathLike) -> list[str]:
    """The individuals of a genotype file in the order of its dosages; ValueError on another format."""
    return common.read_samples(path, schema)


def iter_genes(path: str | os.PathLike) -> Iterator[tuple[pa.Table, np.ndarray]]:
    """Yield `(SNP table, dosages int8 (V, N))` gene by gene, one row group in memory at a time."""
    samples = read_samples(path)
    with pq.ParquetFile(path) as file:
        for group in range(file.num_row_groups):
            table = file.read_row_group(group)
            dosage = _as_dosages(table["dosage"].combine_chunks(), len(samples))
            snps = table.drop_columns(["dosage"])
            names = np.asarray(snps["gene"].to_pylist(), dtype=object)
            starts = np.flatnonzero(np.r_[True, names[1:] != names[:-1]]) if len(names) else []
            for start, stop in zip(starts, [*starts[1:], len(names)], strict=True):
                yield snps.slice(start, stop - start), dosage[start:stop]


def read_snps(path: str | os.PathLike) -> list[dict]:
    """The SNPs of each gene, in order: the gene's name, and a list for each of the other SNP_FIELDS."""
    read_samples(path)  # checks the format
    names = [name for name, _ in SNP_FIELDS]
    rows = pq.read_table(path, columns=names).to_pylist()
    genes = (list(group) for _, group in groupby(rows, lambda row: row["gene"]))
    return [
        {"gene": own[0]["gene"], **{name: [row[name] for row in own] for name in names[1:]}}
        for own in genes
    ]


def gene_sizes(path: str | os.PathLike) -> list[tuple[str, int, int]]:
    """Name and number of SNPs of each gene, and the number of SNPs of its row group."""
    sizes = []
    with pq.ParquetFile(path) as file:
        for group in range(file.num_row_groups):
            names = file.read_row_group(group, columns=["gene"])["gene"].to_pylist()
            sizes += [(name, len(list(rows)), len(names)) for name, rows in groupby(names)]
    return sizes


def _as_binary(dosage: np.ndarray) -> pa.Array:
    buffers = [None, pa.py_buffer(dosage)]
    return pa.FixedSizeBinaryArray.from_buffers(pa.binary(dosage.shape[1]), len(dosage), buffers)


def _as_dosages(column: pa.Array, individuals: int) -> np.ndarray:
    start = column.offset * individuals
    flat = np.frombuffer(column.buffers()[1], np.int8)[start : start + len(column) * individuals]
    return flat.reshape(len(column), individuals)
