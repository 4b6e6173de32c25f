"""Individuals as tensors: `layout.json` and Parquet files with one row per individual.

Columns: sample (string), label (string, null = unlabelled), x = arrow.fixed_shape_tensor
<float32>[P, K]: standardised per-gene principal component scores, zero on padded features. Real and
synthetic individuals have the same schema; synthetic individuals have ids of their own.
"""

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from genodiff.formats.common import same_format, whole_file
from genodiff.runtime.errors import InputError

ROW_GROUP_BYTES = 64 * 2**20


@dataclass(frozen=True)
class GeneFeatures:
    """The features of a gene: its unmasked features are the first `len(mean)` of its K."""

    gene: str
    chrom: str
    snps: int
    mean: list[float]  # of the scores of each component in training individuals
    deviation: list[float]  # population standard deviation of the same scores
    position: int | None = None  # bp, halfway between its first and last SNP


@dataclass(frozen=True)
class Layout:
    """The axes of a tensor file."""

    genes: list[GeneFeatures]
    padded_genes: int  # P
    components: int  # K
    classes: list[str]  # sorted; a label's index is its class number

    def mask(self) -> np.ndarray:
        """Unmasked features: bool (P, K)."""
        counts = np.zeros(self.padded_genes, np.int64)
        counts[: len(self.genes)] = [len(g.mean) for g in self.genes]
        return np.arange(self.components) < counts[:, None]

    def chromosomes(self) -> np.ndarray:
        """Number of the chromosome of each gene that is no padding: int64 (G,)."""
        names = [gene.chrom for gene in self.genes]
        number = {name: i for i, name in enumerate(dict.fromkeys(names))}
        return np.array([number[name] for name in names], np.int64)

    def class_numbers(self, labels: list[str | None]) -> np.ndarray:
        """Labels as class numbers int64 (N,); unlabelled is C. Raises ValueError on another label."""
        number = {label: i for i, label in enumerate(self.classes)} | {None: len(self.classes)}
        unknown = set(labels) - set(number)
        if unknown:
            raise ValueError(f"labels not in the layout: {sorted(map(str, unknown))}")
        return np.array([number[label] for label in labels], np.int64)

    def write(self, path: str | os.PathLike) -> None:
        """Write layout.json."""
        with whole_file(path) as temporary, open(temporary, "w", encoding="utf-8") as file:
            json.dump({"format": "genodiff.layout.1", **asdict(self)}, file)

    @classmethod
    def read(cls, path: str | os.PathLike) -> "Layout":
        """Read layout.json; raises ValueError on another format or features that do not fit."""
        with open(path, encoding="utf-8") as file:
            content = json.load(file)
        if content.pop("format", None) != "genodiff.layout.1":
            raise ValueError(f"{path}: not a layout file of this version")
        content["genes"] = [GeneFeatures(**gene) for gene in content["genes"]]
        layout = cls(**content)
        longest = max((len(g.mean) for g in layout.genes), default=0)
        if len(layout.genes) > layout.padded_genes or longest > layout.components:
            raise ValueError(
                f"{path}: genes do not fit into {layout.padded_genes} x {layout.components}"
            )
        return layout


@dataclass
class Individuals:
    """A tensor file in memory."""

    samples: list[str]
    labels: list[str | None]
    x: np.ndarray  # float32 (N, P, K)


def tensor_schema(genes: int, components: int) -> pa.Schema:
    """Arrow schema of a tensor file with x of shape [genes, components]."""
    x = pa.fixed_shape_tensor(pa.float32(), [genes, components], dim_names=["gene", "component"])
    return pa.schema(
        [("sample", pa.string()), ("label", pa.string()), ("x", x)],
        metadata={"format": "genodiff.individuals.1"},
    )


class IndividualsWriter:
    """Write a tensor file block by block. A context manager: the file exists after the context ends
    without error."""

    def __init__(self, path: str | os.PathLike, layout: Layout):
        self.layout, self.count = layout, 0
        self._path, self._shape = path, (layout.padded_genes, layout.components)
        self._schema, self._padded = tensor_schema(*self._shape), ~layout.mask()

    def __enter__(self) -> "IndividualsWriter":
        with ExitStack() as stack:
            temporary = stack.enter_context(whole_file(self._path))
            # Dictionaries and statistics of numbers that rarely repeat cost time only.
            texts = ["sample", "label"]
            writer = pq.ParquetWriter(
                temporary, self._schema, use_dictionary=texts, write_statistics=texts
            )
            self._out, self._stack = stack.enter_context(writer), stack.pop_all()
        return self

    def __exit__(self, *error) -> None:
        self._stack.__exit__(*error)

    def write(self, block: Individuals) -> None:
        """Append individuals and add their number to `count`.

        Raises ValueError if values are not finite, not zero on padded features, or of another shape, and
        if labels are not in the layout.
        """
        x = np.ascontiguousarray(block.x, np.float32)
        shape, schema = self._shape, self._schema
        if x.shape[1:] != shape or not np.isfinite(x).all() or np.logical_and(x, self._padded).any():
            raise ValueError(
                f"individuals of shape {x.shape}: not finite, or not zero on padded features"
            )
        self.layout.class_numbers(block.labels)
        storage = pa.FixedSizeListArray.from_arrays(pa.array(x.ravel()), shape[0] * shape[1])
        columns = [
            pa.array(block.samples, pa.string()),
            pa.array(block.labels, pa.string()),
            pa.ExtensionArray.from_storage(schema.field("x").type, storage),
        ]
        table = pa.Table.from_arrays(columns, schema=schema)
        self._out.write_table(table, row_group_size=individuals_per_row_group(self.layout))
        self.count += len(x)


def individuals_per_row_group(layout: Layout) -> int:
    """Largest number of individuals in a row group of a tensor file."""
    return max(1, ROW_GROUP_BYTES // (4 * layout.padded_genes * layout.components))


def write_individuals(path: str | os.PathLike, layout: Layout, blocks: Iterable[Individuals]) -> int:
    """Write blocks of individuals; returns the number of individuals.

    Raises ValueError as `IndividualsWriter.write`, and writes no file then.
    """
    with IndividualsWriter(path, layout) as out:
        for block in blocks:
            out.write(block)
    return out.count


def iter_individuals(path: str | os.PathLike, layout: Layout) -> Iterator[Individuals]:
    """Yield the individuals of a tensor file, with one row group in memory at a time.

    Raises ValueError if shape, labels or format do not fit the layout, and if values are not finite or
    not zero on padded features.
    """
    shape, padded = (layout.padded_genes, layout.components), ~layout.mask()
    with pq.ParquetFile(path) as file:
        schema = tensor_schema(*shape)
        if not same_format(file.schema_arrow, schema):
            found = ", ".join(f"{field.name}: {field.type}" for field in file.schema_arrow)
            kinds = [(s.metadata or {}).get(b"format", b"none") for s in (schema, file.schema_arrow)]
            raise ValueError(
                f"{path}: not individuals of {schema.field('x').type}; it has {found} "
                f"(format {kinds[1].decode()}, expected {kinds[0].decode()})"
            )
        for group in range(file.num_row_groups):
            table = file.read_row_group(group)
            x = table["x"].combine_chunks().storage.flatten().to_numpy().reshape(-1, *shape)
            if not np.isfinite(x).all():
                raise ValueError(f"{path}: values that are not finite")
            if x[:, padded].any():
                raise ValueError(f"{path}: values that are not zero on padded features")
            labels = table["label"].to_pylist()
            layout.class_numbers(labels)
            yield Individuals(table["sample"].to_pylist(), labels, x)


def count_individuals(path: str | os.PathLike) -> int:
    """Number of individuals in a tensor file."""
    return pq.read_metadata(path).num_rows


def read_individuals(path: str | os.PathLike, layout: Layout) -> Individuals:
    """All individuals of a tensor file; raises ValueError as `iter_individuals` does."""
    shape = (count_individuals(path), layout.padded_genes, layout.components)
    individuals = Individuals([], [], np.empty(shape, np.float32))
    for start, block in _numbered(iter_individuals(path, layout)):
        individuals.samples += block.samples
        individuals.labels += block.labels
        individuals.x[start : start + len(block.x)] = block.x
    return individuals


def _numbered(blocks: Iterable[Individuals]) -> Iterator[tuple[int, Individuals]]:
    """Yield blocks with the number of their first individual."""
    start = 0
    for block in blocks:
        yield start, block
        start += len(block.x)


def unpack(path: str | os.PathLike, layout: Layout, npy_path: str | os.PathLike) -> None:
    """Write x (N, P, K) of a tensor file as float32 .npy, which `map_unpacked` maps into memory. One row
    group is in memory at a time.

    Raises ValueError as `iter_individuals` does, and OSError if the disk is full.
    """
    shape = (count_individuals(path), layout.padded_genes, layout.components)
    with whole_file(npy_path) as temporary:
        x = np.lib.format.open_memmap(temporary, "w+", np.float32, shape)
        # A full disk is an error here; at a write to a page without room it would kill the process.
        with open(temporary, "rb+") as reserved:
            os.posix_fallocate(reserved.fileno(), 0, os.path.getsize(temporary))
        for start, block in _numbered(iter_individuals(path, layout)):
            x[start : start + len(block.x)] = block.x
        x.flush()


def map_unpacked(npy_path: str | os.PathLike, layout: Layout, individuals: int) -> np.ndarray:
    """x float32 (N, P, K) of the N `individuals` in a file of `unpack`, mapped into memory; writing to
    the array does not change the file.

    Raises InputError if the file does not contain such an array.
    """
    shape = (individuals, layout.padded_genes, layout.components)
    try:
        x = np.load(npy_path, mmap_mode="c", allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise InputError(
            f"{npy_path} cannot be read ({error}): delete it, and the workflow unpacks the individuals "
            "again"
        ) from error
    if x.shape != shape or x.dtype != np.float32 or not x.flags.c_contiguous:
        raise InputError(
            f"{npy_path} holds {x.dtype} {x.shape} where the individuals are float32 {shape}: delete "
            "it, and the workflow unpacks the individuals again"
        )
    return x


def synthetic_samples(start: int, count: int) -> list[str]:
    """Ids of `count` synthetic individuals from number `start` (from 0)."""
    return [f"SYN{start + i + 1:06d}" for i in range(count)]


def read_sample_ids(path: str | os.PathLike) -> list[str]:
    """The ids of the individuals of a tensor file, without its tensors."""
    return pq.read_table(path, columns=["sample"])["sample"].to_pylist()


def read_labels(path: str | os.PathLike) -> list[str | None]:
    """The labels of a tensor file, without its tensors."""
    return pq.read_table(path, columns=["label"])["label"].to_pylist()
