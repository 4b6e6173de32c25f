"""Build padded, standardised tensors of training, validation and test individuals from scores."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace

import numpy as np

from genodiff.formats.gene_pca import (
    INDIVIDUALS_PER_COLUMN,
    individuals_columns,
    iter_scores,
    read_models,
    read_moments,
    read_score_samples,
)
from genodiff.formats.split import read_kept
from genodiff.formats.tensors import (
    GeneFeatures,
    Individuals,
    IndividualsWriter,
    Layout,
    individuals_per_row_group,
)
from genodiff.qc.advice import NO_GENES
from genodiff.runtime.errors import InputError
from genodiff.runtime.logs import logger, progress
from genodiff.runtime.memory import data_bytes

# Sets of the split in each tensor file.
FILES = {"train": ("train", "unlabelled"), "validation": ("validation",), "test": ("test",)}
_LAYOUT_FIELDS = ("gene", "chrom", "pos", "explained_variance")
# Bytes of a gene of a layout in memory.
_GENE_BYTES = 3000
# Rows of scores that are transposed at once, which fit into the cache of a processor.
_TRANSPOSED_ROWS = 64


def build_layout(
    models_paths: list[str], scores_paths: list[str], classes: list[str], multiple: int, components: int
) -> Layout:
    """Layout of all genes in order, with the gene axis padded to a multiple of `multiple`.

    Raises ValueError if models and scores differ in the number of components of a gene.
    """
    genes = []
    for models_path, scores_path in zip(models_paths, scores_paths, strict=True):
        models, moments = read_models(models_path, _LAYOUT_FIELDS), read_moments(scores_path)
        counts = [[len(model["explained_variance"]) for model in models], [len(m) for m in moments[0]]]
        if counts[0] != counts[1]:
            other = "more" if sum(counts[1]) > sum(counts[0]) else "fewer"
            raise ValueError(f"{scores_path}: {other} scores than the models have components")
        for model, *own in zip(models, *moments, strict=True):
            pos = model["pos"]
            middle = (pos[0] + pos[-1]) // 2
            genes.append(GeneFeatures(model["gene"], model["chrom"], len(pos), *own, middle))
    padded = -(-len(genes) // multiple) * multiple
    return Layout(genes, padded, components, classes)


def block_sizes(layout: Layout, memory_mb: int) -> tuple[int, int]:
    """Numbers of individuals whose scores, and whose tensors, are in memory at once.

    If a column of scores exceeds the memory, it is read several times, for some of its individuals each.
    """
    mask = layout.mask()
    # The rest is for a row group of scores while it is read, and for memory that allocators keep.
    share = (data_bytes(memory_mb) - _GENE_BYTES * len(layout.genes)) // 4
    held = share // (4 * max(1, int(mask.sum())))
    # A tensor, its checks, and the levels and pages of its row group.
    made = share // (24 * mask.size)
    return min(max(held, 1), INDIVIDUALS_PER_COLUMN), min(
        max(made, 1), individuals_per_row_group(layout)
    )


def individuals_parts(individuals: int, held: int) -> Iterator[tuple[str, slice, range]]:
    """Yield column, part of it and numbers of its individuals, for N `individuals`, at most `held`
    each."""
    for column, whole in individuals_columns(individuals).items():
        for start in range(whole.start, whole.stop, held):
            numbers = range(start, min(start + held, whole.stop))
            yield column, slice(start - whole.start, numbers.stop - whole.start), numbers


def read_individuals_scores(
    scores_paths: list[str], column: str, part: slice, features: int
) -> np.ndarray:
    """Scores float32 (individuals, features) of the individuals in `part` of a column, for all unmasked
    features, chromosomes in the order of `scores_paths`.

    Raises ValueError if the number of rows of the files is not `features`.
    """
    scores, at = np.empty((part.stop - part.start, features), np.float32), 0
    for path in scores_paths:
        for rows in iter_scores(path, column):
            if at + len(rows) > features:
                raise ValueError(f"{path}: more scores than the models have components")
            for first in range(0, len(rows), _TRANSPOSED_ROWS):
                transposed = rows[first : first + _TRANSPOSED_ROWS, part].T
                scores[:, at + first : at + first + transposed.shape[1]] = transposed
            at += len(rows)
    if at < features:
        raise ValueError(f"{scores_paths[-1]}: fewer scores than the models have components")
    return scores


def standardised(scores: np.ndarray, layout: Layout) -> np.ndarray:
    """Standardise scores float32 (individuals, features) in place, with mean and standard deviation of
    the training individuals."""
    scores -= np.concatenate([g.mean for g in layout.genes]).astype(np.float32)
    scores /= np.concatenate([g.deviation for g in layout.genes]).astype(np.float32)
    return scores


def padded_tensors(
    scores: np.ndarray, individuals: np.ndarray, layout: Layout, unmasked: np.ndarray
) -> np.ndarray:
    """Tensors float32 (individuals, P, K) of the rows `individuals` of standardised scores (all
    individuals, features), zero on padded features; `unmasked`: indices of the features in a flattened
    tensor."""
    x = np.zeros((len(individuals), layout.padded_genes * layout.components), np.float32)
    for row, individual in zip(x, individuals, strict=True):
        row[unmasked] = scores[individual]
    return x.reshape(len(individuals), layout.padded_genes, layout.components)


def write_tensors(
    *, models_paths: list[str], scores_paths: list[str], split_path: str | os.PathLike,
    layout_path: str | os.PathLike, tensor_paths: dict[str, str], multiple: int, components: int,
    memory_mb: int, basis: str | os.PathLike | None = None,
) -> None:  # fmt: skip
    """Write layout.json and a tensor file for each of FILES (`tensor_paths` by name), in one pass over
    the scores and about `memory_mb` of memory.

    `basis`: layout of a panel, whose means and deviations the scores are standardised with, and whose
    axes are taken. Raises InputError without genes, and ValueError if scores and split differ in
    individuals, or models and basis in genes.
    """
    split = read_kept(split_path)
    samples, labels = split["sample"].tolist(), split["label"].tolist()
    for path in scores_paths:
        if read_score_samples(path) != samples:
            raise ValueError(f"{path}: not the individuals of {split_path}, in its order")
    classes = sorted({label for label in labels if label is not None})
    if basis is None:
        layout = build_layout(models_paths, scores_paths, classes, multiple, components)
    else:
        layout = replace(Layout.read(basis), classes=classes)
        genes = [model["gene"] for path in models_paths for model in read_models(path, ("gene",))]
        if genes != [gene.gene for gene in layout.genes]:
            raise ValueError(f"{basis}: other genes than the models have")
    if not layout.genes:
        raise InputError(f"{NO_GENES}: snakemake check with this configuration gives the reason")
    layout.write(layout_path)
    unmasked, features = int(layout.mask().sum()), layout.mask().size
    logger.info(
        "%d genes padded to %d, %d of %d features unmasked (%.1f%%)",
        len(layout.genes), layout.padded_genes, unmasked, features, 100 * unmasked / features,
    )  # fmt: skip
    file_of = {name: file for file in tensor_paths for name in FILES[file]}
    files = split["set"].map(file_of).to_numpy(object)
    with ExitStack() as stack:
        writers = {
            name: stack.enter_context(IndividualsWriter(path, layout))
            for name, path in tensor_paths.items()
        }
        write_individuals_of(scores_paths, layout, samples, labels, files, writers, memory_mb)
    for name, writer in writers.items():
        logger.info("%s: %d individuals", name, writer.count)


def write_individuals_of(
    scores_paths: list[str], layout: Layout, samples: list[str], labels: list,
    files: np.ndarray, writers: dict[str, IndividualsWriter], memory_mb: int,
) -> None:  # fmt: skip
    """Write the tensor of each individual to the writer of its file, named by `files` (N,)."""
    unmasked = np.flatnonzero(layout.mask())
    held, made = block_sizes(layout, memory_mb)
    parts = list(individuals_parts(len(samples), held))
    for column, part, numbers in progress(parts, len(parts), "blocks of individuals"):
        scores = standardised(read_individuals_scores(scores_paths, column, part, len(unmasked)), layout)
        for name, writer in writers.items():
            rows = np.flatnonzero(files[numbers.start : numbers.stop] == name)
            for first in range(0, len(rows), made):
                block = rows[first : first + made]
                ids, classes = zip(
                    *((samples[numbers[i]], labels[numbers[i]]) for i in block), strict=True
                )
                x = padded_tensors(scores, block, layout, unmasked)
                writer.write(Individuals(list(ids), list(classes), x))
                del x
        del scores  # before the next ones are read
