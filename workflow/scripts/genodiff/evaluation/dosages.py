"""Dosages at some frequent SNPs of the individuals that are compared, for attacks on
released genotypes."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from genodiff.evaluation.fidelity.stream import Decoded, Matrices
from genodiff.formats.genotypes import read_samples
from genodiff.formats.tensors import read_labels, read_sample_ids
from genodiff.qc.relatives import LEAST_FREQUENCY
from genodiff.runtime.logs import logger


@dataclass(frozen=True)
class GenotypeFiles:
    """Where dosages are: genotypes and models of each chromosome, in the configuration's order; the
    dataset's decoded genotypes (PLINK 1), None if it consists of real individuals; and how many SNPs are
    used at most."""

    matrices: Sequence[str]
    models: Sequence[str]
    bed: str | None
    snps: int


def labelled_dosages(
    files: GenotypeFiles, train: str | os.PathLike, test: str | os.PathLike, dataset: str | os.PathLike
) -> list[np.ndarray]:
    """Dosages int8 (N, S), -1 missing, of the labelled individuals of three tensor files, in their
    order; S evenly spaced SNPs with a minor allele frequency of at least LEAST_FREQUENCY.

    Real individuals are found by name. Raises ValueError for a real individual without genotypes, and
    for decoded genotypes that are not those of the dataset.
    """
    matrices = Matrices(files.matrices, files.models)
    chosen = matrices.sites.thinned(files.snps, LEAST_FREQUENCY)
    real = [train, test] if files.bed else [train, test, dataset]
    place = {name: row for row, name in enumerate(read_samples(files.matrices[0]))}
    columns = []
    for path in real:
        names = np.asarray(read_sample_ids(path), dtype=object)[_labelled(path)]
        absent = [name for name in names if name not in place]
        if absent:
            raise ValueError(f"{path}: {len(absent)} individuals have no genotypes")
        columns.append(np.array([place[name] for name in names], int))
    found = matrices.at(chosen, np.concatenate(columns))
    found = np.split(found, np.cumsum([len(own) for own in columns])[:-1])
    if files.bed:
        labels, used = read_labels(dataset), _labelled(dataset)
        found.append(_decoded(Decoded(files.bed, matrices.keys, len(labels), used), matrices, chosen))
    logger.info("dosages of %d individuals at %d SNPs", sum(map(len, found)), chosen.sum())
    return found


def _labelled(path: str | os.PathLike) -> list[int]:
    return [row for row, label in enumerate(read_labels(path)) if label is not None]


def _starts(matrices: Matrices) -> np.ndarray:
    """The number of the first SNP of each chromosome, and that of all SNPs."""
    return np.cumsum([0, *(len(own[0]) for own in matrices.keys)])


def _decoded(decoded: Decoded, matrices: Matrices, chosen: np.ndarray) -> np.ndarray:
    """Dosages (n, S) of decoded individuals."""
    starts = _starts(matrices)
    parts = [np.flatnonzero(chosen[a:b]) for a, b in pairwise(starts)]
    return np.concatenate([decoded.read(number, rows).T for number, rows in enumerate(parts)], axis=1)
