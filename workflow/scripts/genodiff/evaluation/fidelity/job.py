"""The job of the workflow that computes the genetic fidelity of one dataset."""

import math
import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from genodiff.evaluation.fidelity import FIDELITY
from genodiff.evaluation.fidelity.base import FidelityMetric, FidelitySettings
from genodiff.evaluation.fidelity.people import TEST, TRAIN, People
from genodiff.evaluation.fidelity.stream import Decoded, Matrices, blocks
from genodiff.formats.genotypes import read_samples
from genodiff.formats.results import write_result
from genodiff.formats.split import read_split
from genodiff.formats.tensors import read_labels
from genodiff.genotypes.quality import control_label
from genodiff.registry import build
from genodiff.runtime.errors import InputError
from genodiff.runtime.logs import logger

# MiB of Python and libraries; bytes for each individual and SNP of a comparison of pairs (kinship as
# floats), and for each pair of individuals (products and their decomposition).
_PROCESS_MB, _CALL_BYTES, _PAIR_BYTES = 300, 40, 64
# MiB of blocks at least.
_LEAST_MB = 64


def block_mb(settings: FidelitySettings) -> float:
    """MiB that are left for blocks of SNPs; raises InputError if there are too few."""
    people = settings.individuals
    pairs = people * (_CALL_BYTES * settings.snps + _PAIR_BYTES * people) / 2**20
    least = math.ceil(_PROCESS_MB + pairs + _LEAST_MB)
    if settings.memory_mb < least:
        raise InputError(
            f"fidelity.memory_mb: {settings.memory_mb} are too few for comparisons of {people} "
            f"individuals (fidelity.individuals) at {settings.snps} SNPs (fidelity.snps); set it to "
            f"{least} or more"
        )
    return settings.memory_mb - _PROCESS_MB - pairs


def fidelity_job(
    *, matrices: Sequence[str], models: Sequence[str], split_path: str, bed_path: str | None,
    labels_path: str | None, output: str, row: dict[str, str | int], control: str | None,
    settings: FidelitySettings, seed: int,
) -> None:  # fmt: skip
    """Write the numbers and curves of every metric for one dataset, with the keys of `row`.

    `bed_path` and `labels_path`: decoded genotypes of the synthetic individuals (PLINK 1) and their
    tensor file, in the same order; both None for the null. `control`: the declared label of controls.
    Raises InputError for a dataset that cannot be compared, and for too small a memory.
    """
    left = block_mb(settings)
    try:
        found = fidelity(
            Matrices(matrices, models), read_samples(matrices[0]), split_path, bed_path, labels_path,
            control, settings, seed, left,
        )  # fmt: skip
    except (ValueError, OSError) as error:
        raise InputError(
            f"dataset {row['dataset']!r} ({bed_path or 'test individuals'}) cannot be compared with "
            f"real individuals: {error}"
        ) from error
    write_result(output, row | found)


def fidelity(
    matrices: Matrices, samples: list[str], split_path: str | os.PathLike, bed_path: str | None,
    labels_path: str | None, control: str | None, settings: FidelitySettings, seed: int,
    memory_mb: float,
) -> dict[str, Any]:  # fmt: skip
    """`numbers`, rows with metric, number, bin, value, se and n, and `curves` by metric; see
    `fidelity_job`. `memory_mb`: of blocks of SNPs."""
    split = read_split(split_path).set_index("sample").loc[samples]
    columns = {name: np.flatnonzero(split["set"] == name) for name in (TRAIN, TEST)}
    real = {name: split["label"].to_numpy()[rows] for name, rows in columns.items()}
    classes = sorted(set(real[TRAIN]))
    place = {name: number for number, name in enumerate(classes)}
    labels = {name: np.array([place[x] for x in own], np.int64) for name, own in real.items()}
    candidate = decoded = None
    if bed_path is not None:
        own = read_labels(labels_path)
        unknown = sorted(set(own) - {None} - set(place))
        if unknown:
            raise ValueError(f"the label {unknown[0]!r} is none of the classes {', '.join(classes)}")
        # Individuals without a label have no place in draws of a label mix.
        labelled = [i for i, label in enumerate(own) if label is not None]
        candidate = np.array([place[own[i]] for i in labelled], np.int64)
        decoded = Decoded(bed_path, matrices.keys, len(own), labelled)
    people = People(
        classes, control_label(classes, control), labels[TRAIN], labels[TEST], candidate,
        settings.repeats, settings.individuals, seed,
    )  # fmt: skip
    metrics: dict[str, FidelityMetric] = {
        name: build(
            FIDELITY, "metric of fidelity", name, people=people, sites=matrices.sites,
            settings=settings, seed=seed,
        )
        for name in FIDELITY
    }  # fmt: skip
    for block in blocks(matrices, columns, decoded, people, memory_mb):
        for metric in metrics.values():
            metric.add(block)
    numbers = [{"metric": name, **row} for name, metric in metrics.items() for row in metric.numbers()]
    curves = {name: metric.curves() for name, metric in metrics.items()}
    logger.info("%d SNPs, %d individuals in each draw", len(matrices.sites), people.drawn)
    curves["association"]["chromosomes"] = matrices.names
    return {"numbers": numbers, "curves": {name: own for name, own in curves.items() if own}}
