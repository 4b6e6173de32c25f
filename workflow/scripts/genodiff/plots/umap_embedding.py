"""A map of real and synthetic individuals in two dimensions, for figure 5: a Parquet file without
ids."""

import os

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from genodiff.formats.common import same_format, whole_file
from genodiff.formats.tensors import Layout, count_individuals, iter_individuals
from genodiff.runtime.logs import logger, tqdm_options

# Names of the real individuals; no dataset can have them.
TRAIN, TEST = "real train", "real test"
SCHEMA = pa.schema(
    [("source", pa.string()), ("label", pa.string()), ("x", pa.float32()), ("y", pa.float32())],
    metadata={"format": "genodiff.umap.2"},
)
_NEIGHBOURS = 15


def embed_individuals(
    layout_path: str, train_path: str, test_path: str, datasets: dict[str, str], output: str,
    most: int, seed: int,
) -> None:  # fmt: skip
    """Write the UMAP coordinates and labels of at most `most` training individuals, at most `most`
    individuals of each of `datasets` (name to tensor file), and all test individuals.

    Rows are shuffled within a source, so that their order does not identify individuals.
    """
    layout, rng = Layout.read(layout_path), np.random.default_rng(seed)
    files = {TRAIN: train_path, TEST: test_path} | datasets
    limits = {name: None if name == TEST else most for name in files}
    sets = {name: sample_live(path, layout, limits[name], rng) for name, path in files.items()}
    logger.info("UMAP of %s", {name: len(x) for name, (x, _) in sets.items()})
    places = embed(np.concatenate([x for x, _ in sets.values()]), seed)
    sources = [name for name, (x, _) in sets.items() for _ in range(len(x))]
    labels = [label for _, own in sets.values() for label in own]
    table = pa.table([sources, labels, *places.T], schema=SCHEMA)
    with whole_file(output) as temporary:
        pq.write_table(table, temporary)


def sample_live(
    path: str | os.PathLike, layout: Layout, most: int | None, rng: np.random.Generator
) -> tuple[np.ndarray, list[str | None]]:
    """Unmasked features float32 (n, D) and labels of at most `most` random individuals (None: all) of a
    tensor file, in random order; one row group is in memory at a time."""
    chosen = rng.permutation(count_individuals(path))[:most]
    mask = layout.mask()
    found = np.empty((len(chosen), mask.sum()), np.float32)
    labels = np.empty(len(chosen), object)
    start = 0
    for block in iter_individuals(path, layout):
        here = np.flatnonzero((chosen >= start) & (chosen < start + len(block.x)))
        found[here] = block.x[chosen[here] - start][:, mask]
        labels[here] = np.array(block.labels, object)[chosen[here] - start]
        start += len(block.x)
    return found, labels.tolist()


def embed(x: np.ndarray, seed: int) -> np.ndarray:
    """UMAP with cosine distance, float32 (N, D) to float32 (N, 2); the same seed gives the same map."""
    from umap import UMAP

    # One thread, which the seed needs; the start from principal components also suits sets far apart.
    mapper = UMAP(
        n_neighbors=min(_NEIGHBOURS, len(x) - 1), metric="cosine", init="pca",
        random_state=seed, n_jobs=1, tqdm_kwds=tqdm_options("UMAP epochs"),
    )  # fmt: skip
    return mapper.fit_transform(x).astype(np.float32)


def read_embedding(path: str | os.PathLike) -> pa.Table:
    """The map; raises ValueError on another format."""
    table = pq.read_table(path)
    if not same_format(table.schema, SCHEMA):
        raise ValueError(f"{path}: not a map of individuals of this version")
    return table
