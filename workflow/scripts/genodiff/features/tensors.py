"""From scores to padded, standardised tensors of the training, validation and test people."""

import os
from collections.abc import Iterator
from contextlib import ExitStack

import numpy as np

from genodiff.errors import InputError
from genodiff.formats.gene_pca import (
    PEOPLE_PER_COLUMN,
    iter_scores,
    people_columns,
    read_models,
    read_score_samples,
)
from genodiff.formats.people import read_split
from genodiff.formats.tensors import GeneSlots, Layout, People, PeopleWriter, people_per_row_group
from genodiff.genotypes.outcomes import NO_GENES
from genodiff.logs import logger, progress
from genodiff.memory import data_bytes

# Which sets of the split go into which tensor file.
FILES = {"train": ("train", "unlabelled"), "validation": ("validation",), "test": ("test",)}
_LAYOUT_FIELDS = ("gene", "chrom", "pos", "score_mean", "score_deviation")
# Bytes of a gene in a layout, as Python objects.
_GENE_BYTES = 3000
# Rows of scores that are turned at once: few enough that they stay in a processor's own cache.
_TURNED_ROWS = 64


def build_layout(models_paths: list[str], classes: list[str], multiple: int, components: int) -> Layout:
    """Layout of all genes, in order, the gene axis padded to a multiple of `multiple`."""
    genes = [
        GeneSlots(
            model["gene"], model["chrom"], len(model["pos"]),
            model["score_mean"], model["score_deviation"],
        )
        for path in models_paths
        for model in read_models(path, _LAYOUT_FIELDS)
    ]  # fmt: skip
    padded = -(-len(genes) // multiple) * multiple
    return Layout(genes, padded, components, classes)


def block_sizes(layout: Layout, memory_mb: int) -> tuple[int, int]:
    """People whose scores are held at once, and people whose tensors are.

    Fewer people than a column has are held where the genes are so many that the column does not fit;
    the column is then read again for its next people.
    """
    mask = layout.mask()
    # As much again is for a row group of scores while it is read, and for what allocators keep.
    share = (data_bytes(memory_mb) - _GENE_BYTES * len(layout.genes)) // 4
    held = share // (4 * max(1, int(mask.sum())))
    # A tensor, its checks, and the levels and pages of its row group.
    made = share // (24 * mask.size)
    return min(max(held, 1), PEOPLE_PER_COLUMN), min(max(made, 1), people_per_row_group(layout))


def people_parts(people: int, held: int) -> Iterator[tuple[str, slice, range]]:
    """All N `people` in order, at most `held` at once: a column, a part of it, and who is there."""
    for column, all_of_it in people_columns(people).items():
        for start in range(all_of_it.start, all_of_it.stop, held):
            who = range(start, min(start + held, all_of_it.stop))
            yield column, slice(who.start - all_of_it.start, who.stop - all_of_it.start), who


def read_people_scores(scores_paths: list[str], column: str, part: slice, slots: int) -> np.ndarray:
    """Scores of every live slot, float32 (people, slots), chromosomes in the order of `scores_paths`,
    of the people in `part` of a column.

    Raises ValueError when the files do not have as many rows as there are slots.
    """
    scores, at = np.empty((part.stop - part.start, slots), np.float32), 0
    for path in scores_paths:
        for rows in iter_scores(path, column):
            if at + len(rows) > slots:
                raise ValueError(f"{path}: more scores than the models have components")
            for first in range(0, len(rows), _TURNED_ROWS):
                turned = rows[first : first + _TURNED_ROWS, part].T
                scores[:, at + first : at + first + turned.shape[1]] = turned
            at += len(rows)
    if at < slots:
        raise ValueError(f"{scores_paths[-1]}: fewer scores than the models have components")
    return scores


def standardised(scores: np.ndarray, layout: Layout) -> np.ndarray:
    """Scores float32 (people, slots), changed in place, by the training people's mean and deviation."""
    scores -= np.concatenate([g.mean for g in layout.genes]).astype(np.float32)
    scores /= np.concatenate([g.deviation for g in layout.genes]).astype(np.float32)
    return scores


def padded_tensors(
    scores: np.ndarray, people: np.ndarray, layout: Layout, live: np.ndarray
) -> np.ndarray:
    """Rows `people` of standardised scores (people, slots) in their places, float32 (people, P, K), zero
    on padded slots; `live` says the places in a flattened tensor."""
    x = np.zeros((len(people), layout.padded_genes * layout.components), np.float32)
    for row, person in zip(x, people, strict=True):
        row[live] = scores[person]
    return x.reshape(len(people), layout.padded_genes, layout.components)


def write_tensors(
    models_paths: list[str], scores_paths: list[str], split_path: str | os.PathLike,
    layout_path: str | os.PathLike, tensor_paths: dict[str, str], multiple: int, components: int,
    memory_mb: int,
) -> None:  # fmt: skip
    """Write layout.json and one tensor file for each of FILES (`tensor_paths` by name), in one pass over
    the scores and about `memory_mb` of memory."""
    split = read_split(split_path)
    split = split[split["set"] != "excluded"]
    samples, labels = split["sample"].tolist(), split["label"].tolist()
    for path in scores_paths:
        if read_score_samples(path) != samples:
            raise ValueError(f"{path}: not the people of {split_path}, in its order")
    classes = sorted({label for label in labels if label is not None})
    layout = build_layout(models_paths, classes, multiple, components)
    if not layout.genes:
        raise InputError(f"{NO_GENES} (genotypes/qc.tsv)")
    layout.write(layout_path)
    live, slots = int(layout.mask().sum()), layout.mask().size
    logger.info(
        "%d genes padded to %d, %d of %d slots live (%.1f%%)",
        len(layout.genes), layout.padded_genes, live, slots, 100 * live / slots,
    )  # fmt: skip
    file_of = {name: file for file in tensor_paths for name in FILES[file]}
    files = split["set"].map(file_of).to_numpy(object)
    with ExitStack() as stack:
        writers = {
            name: stack.enter_context(PeopleWriter(path, layout)) for name, path in tensor_paths.items()
        }
        write_people_of(scores_paths, layout, samples, labels, files, writers, memory_mb)
    for name, writer in writers.items():
        logger.info("%s: %d people", name, writer.count)


def write_people_of(
    scores_paths: list[str], layout: Layout, samples: list[str], labels: list,
    files: np.ndarray, writers: dict[str, PeopleWriter], memory_mb: int,
) -> None:  # fmt: skip
    """Everybody's tensor to the writer of the file that `files` (N,) names for them."""
    live = np.flatnonzero(layout.mask())
    held, made = block_sizes(layout, memory_mb)
    parts = list(people_parts(len(samples), held))
    for column, part, who in progress(parts, len(parts), "blocks of people"):
        scores = standardised(read_people_scores(scores_paths, column, part, len(live)), layout)
        for name, writer in writers.items():
            own = np.flatnonzero(files[who.start : who.stop] == name)
            for first in range(0, len(own), made):
                block = own[first : first + made]
                ids, classes = zip(*((samples[who[i]], labels[who[i]]) for i in block), strict=True)
                x = padded_tensors(scores, block, layout, live)
                writer.write(People(list(ids), list(classes), x))
                del x
        del scores  # before the next ones are read
