"""From scores to padded, standardised tensors of the training, validation and test people."""

import os
from collections.abc import Iterator

import numpy as np

from genodiff.errors import InputError
from genodiff.features.gene_scores import training_mask
from genodiff.formats.gene_pca import iter_scores, read_models, read_score_samples
from genodiff.formats.people import read_split
from genodiff.formats.tensors import GeneSlots, Layout, People, write_people
from genodiff.logs import logger

# Bytes of a block of people while tensors are written.
BLOCK_BYTES = 256 * 2**20
# Which sets of the split go into which tensor file.
FILES = {"train": ("train", "unlabelled"), "validation": ("validation",), "test": ("test",)}


def read_all_scores(paths: list[str]) -> np.ndarray:
    """Scores of every live slot, float32 (slots, N), chromosomes in the order of `paths`."""
    blocks = [block for path in paths for block in iter_scores(path)]
    return np.concatenate(blocks) if blocks else np.empty((0, 0), np.float32)


def build_layout(
    models_paths: list[str], scores: np.ndarray, training: np.ndarray,
    classes: list[str], multiple: int, components: int,
) -> Layout:  # fmt: skip
    """Layout of all genes, in order, the gene axis padded to a multiple of `multiple`.

    `scores` float32 (slots, N); mean and deviation are those of the `training` (N,) people.
    """
    genes, slot = [], 0
    for path in models_paths:
        for model in read_models(path):
            k = len(model["loadings"])
            own = scores[slot : slot + k, training].astype(np.float64)
            mean, deviation = own.mean(1).tolist(), own.std(1).tolist()
            genes.append(GeneSlots(model["gene"], model["chrom"], len(model["pos"]), mean, deviation))
            slot += k
    padded = -(-len(genes) // multiple) * multiple
    return Layout(genes, padded, components, classes)


def people_blocks(
    scores: np.ndarray, layout: Layout, columns: np.ndarray, samples: list[str], labels: list
) -> Iterator[People]:
    """Blocks of people with standardised scores, zero on padded slots; `columns` picks from N."""
    mean = np.concatenate([g.mean for g in layout.genes]).astype(np.float32)
    deviation = np.concatenate([g.deviation for g in layout.genes]).astype(np.float32)
    mask = layout.mask()
    size = max(1, BLOCK_BYTES // (4 * mask.size))
    for start in range(0, len(columns), size):
        block = columns[start : start + size]
        x = np.zeros((len(block), *mask.shape), np.float32)
        x[:, mask] = (scores[:, block].T - mean) / deviation
        yield People([samples[i] for i in block], [labels[i] for i in block], x)


def write_tensors(
    models_paths: list[str], scores_paths: list[str], split_path: str | os.PathLike,
    layout_path: str | os.PathLike, tensor_paths: dict[str, str], multiple: int, components: int,
) -> None:  # fmt: skip
    """Write layout.json and one tensor file for each of FILES (`tensor_paths` by name)."""
    split = read_split(split_path)
    split = split[split["set"] != "excluded"]
    samples, labels = split["sample"].tolist(), split["label"].tolist()
    for path in scores_paths:
        if read_score_samples(path) != samples:
            raise ValueError(f"{path}: not the people of {split_path}, in its order")
    scores = read_all_scores(scores_paths)
    if not len(scores):
        raise InputError(
            "no gene has a SNP that passes quality control; compare genome build and chromosome "
            "names of cohort.vcf and cohort.genes, and see the counts in genotypes/*.counts.tsv"
        )
    classes = sorted({label for label in labels if label is not None})
    training = training_mask(split, samples)
    layout = build_layout(models_paths, scores, training, classes, multiple, components)
    layout.write(layout_path)
    live = int(layout.mask().sum())
    logger.info(
        "%d genes padded to %d, %d of %d slots live (%.1f%%)",
        len(layout.genes), layout.padded_genes, live, layout.mask().size,
        100 * live / layout.mask().size,
    )  # fmt: skip
    for name, path in tensor_paths.items():
        columns = np.flatnonzero(split["set"].isin(FILES[name]))
        count = write_people(path, layout, people_blocks(scores, layout, columns, samples, labels))
        logger.info("%s: %d people", name, count)
