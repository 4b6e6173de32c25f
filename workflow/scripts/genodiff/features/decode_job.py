"""Decode synthetic individuals to genotypes, and encode these again."""

from collections.abc import Iterable, Iterator

import numpy as np
import pandas as pd

from genodiff.features.decoding import ChromosomeDecoder
from genodiff.features.tensors import padded_tensors, standardised
from genodiff.formats.plink1 import BedWriter, write_bim, write_fam
from genodiff.formats.tensors import (
    Individuals,
    IndividualsWriter,
    Layout,
    count_individuals,
    iter_individuals,
    synthetic_samples,
)
from genodiff.runtime.logs import logger, progress
from genodiff.runtime.memory import data_bytes
from genodiff.runtime.seeds import job_seed

# PLINK's code of an unknown phenotype.
_UNKNOWN = "-9"
# More individuals at once are no faster.
_MOST_AT_ONCE = 4096


def decode_individuals(
    *, layout_path: str, individuals_path: str, models_paths: list[str], decoder_paths: list[str],
    prefix: str, tensors_path: str, seed: int, memory_mb: int,
) -> None:  # fmt: skip
    """Write the genotypes of a tensor file as `prefix`.bed, .bim and .fam, and the scores of these
    genotypes as another tensor file of the same individuals, in blocks of individuals.

    Raises ValueError if models and layout are not of the same genes, or the tensor file does not fit.
    """
    layout, count = Layout.read(layout_path), count_individuals(individuals_path)
    chromosomes = [ChromosomeDecoder(*paths) for paths in zip(models_paths, decoder_paths, strict=True)]
    if [gene for own in chromosomes for gene in own.genes] != [gene.gene for gene in layout.genes]:
        raise ValueError(f"{layout_path}: other genes than the models have")
    sites = pd.concat([own.sites for own in chromosomes], ignore_index=True)
    samples = synthetic_samples(0, count)
    write_bim(f"{prefix}.bim", sites)
    write_fam(f"{prefix}.fam", samples, [_UNKNOWN] * count)
    size = block_size(layout, chromosomes, memory_mb)
    logger.info("%d individuals, %d SNPs; %d individuals at once", count, len(sites), size)
    blocks = individuals_blocks(iter_individuals(individuals_path, layout), size)
    with (
        BedWriter(f"{prefix}.bed", len(sites), count) as bed,
        IndividualsWriter(tensors_path, layout) as out,
    ):
        for x, labels in progress(blocks, -(-count // size), "blocks of individuals"):
            first = out.count
            scores = unstandardised(x, layout)
            recode(chromosomes, scores, bed, seed, first)
            own = np.arange(len(scores))
            x = padded_tensors(standardised(scores, layout), own, layout, np.flatnonzero(layout.mask()))
            out.write(Individuals(samples[first : first + len(x)], labels, x))


def block_size(layout: Layout, chromosomes: list[ChromosomeDecoder], memory_mb: int) -> int:
    """Individuals that are decoded at once: their tensors three times, scores, dosages and floats."""
    left = data_bytes(memory_mb) - sum(own.nbytes() for own in chromosomes)
    most = max((len(own.sites) for own in chromosomes), default=0)
    each = 12 * layout.mask().size + 12 * int(layout.mask().sum()) + 4 * most
    return min(max(1, left // 2 // each), _MOST_AT_ONCE)


def individuals_blocks(
    groups: Iterable[Individuals], size: int
) -> Iterator[tuple[np.ndarray, list[str | None]]]:
    """Yield x and labels of blocks of `size` individuals, the last one smaller."""
    held: list[np.ndarray] = []
    labels: list[str | None] = []
    for group in groups:
        held, labels = [*held, group.x], [*labels, *group.labels]
        whole = len(labels) - len(labels) % size
        if whole:
            x = np.concatenate(held)
            for first in range(0, whole, size):
                yield x[first : first + size], labels[first : first + size]
            held, labels = [x[whole:].copy()], labels[whole:]
    if labels:
        yield np.concatenate(held), labels


def unstandardised(x: np.ndarray, layout: Layout) -> np.ndarray:
    """Scores float32 (N, D) of the D unmasked features of tensors (N, P, K)."""
    scores = x[:, layout.mask()]
    scores *= np.concatenate([gene.deviation for gene in layout.genes]).astype(np.float32)
    scores += np.concatenate([gene.mean for gene in layout.genes]).astype(np.float32)
    return scores


def recode(
    chromosomes: list[ChromosomeDecoder], scores: np.ndarray, bed: BedWriter, seed: int, first: int
) -> None:
    """Decode scores (n, D) of the individuals from number `first` on into `bed`, and replace them by
    the scores of the genotypes."""
    feature = snp = 0
    for number, own in enumerate(chromosomes):
        part = slice(feature, feature + own.components)
        dosage = own.decode(scores[:, part].T, job_seed(seed, number), first)
        bed.write(snp, first, dosage)
        scores[:, part] = own.encode(dosage).T
        feature, snp = part.stop, snp + len(dosage)
