"""The job of the workflow that computes one metric of a dataset against the real individuals."""

import os
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from genodiff.evaluation import METRICS
from genodiff.evaluation.base import Comparison, Sets, class_counts
from genodiff.evaluation.dosages import GenotypeFiles, labelled_dosages
from genodiff.evaluation.neighbours.rows import read_rows
from genodiff.evaluation.neighbours.search import Budget
from genodiff.formats.results import write_result
from genodiff.formats.tensors import Layout
from genodiff.generators.base import feature_origins
from genodiff.generators.denoiser import read_denoiser
from genodiff.registry import build
from genodiff.runtime.devices import prepare
from genodiff.runtime.errors import InputError

# Parts of the memory: three sets of individuals, reference individuals, a set that is made of two
# others, and the blocks of the matrix products.
_PARTS = 6


def compare_job(
    *, layout_path: str, train_path: str, test_path: str, dataset_path: str, output: str, metric: str,
    row: dict[str, str | int], null: bool, settings: Comparison, seed: int, device: str, threads: int,
    reference_path: str | None = None, outside: bool = False, genotypes: GenotypeFiles | None = None,
    network: tuple[str, str] | None = None, plugins: Sequence[str] = (),
) -> None:  # fmt: skip
    """Write the rows of `metric`, a name in METRICS, for one dataset, each with the keys of `row`.

    `null`: the dataset consists of real individuals that no generator was fitted to, and the rows are
    those of the null. `reference_path`: individuals that an attacker has, of another cohort if they are
    from `outside`. `genotypes`: of training, test and the dataset's individuals, for attacks that need
    them; a byte for each SNP of an individual beside the memory of `settings`. `network`: model and
    configuration of the dataset's generator, a diffusion model; `plugins`: folders of modules.
    Raises InputError for a dataset that cannot be compared.
    """
    part, processor = settings.memory_mb / _PARTS, prepare(device, threads)[0]
    layout, scratch = Layout.read(layout_path), os.path.dirname(output)
    train, test = (read_rows(path, layout, part, scratch) for path in (train_path, test_path))
    genes = np.array(feature_origins(layout).genes)
    try:
        dataset = read_rows(dataset_path, layout, part, scratch)
        counts = class_counts(dataset, len(layout.classes))
        absent = [name for name, count in zip(layout.classes, counts, strict=True) if not count]
        if absent:
            raise ValueError(f"it has no individual of class {absent[0]!r}; every class is compared")
        held = sum(rows.store.held_mb for rows in (train, test, dataset))
        if genotypes is not None:
            calls = labelled_dosages(genotypes, train_path, test_path, dataset_path)
            train, test, dataset = (
                replace(rows, calls=own) for rows, own in zip((train, test, dataset), calls, strict=True)
            )
        references = test.take(np.arange(0))
        if reference_path is not None:
            references = read_rows(reference_path, layout, part, scratch)
            held += references.store.held_mb
        denoiser = read_denoiser(*network, layout, plugins, processor) if network else None
        budget = Budget(settings.memory_mb - held - part, processor, part, scratch)
        chosen = build(METRICS, "metric", metric, settings=settings, budget=budget, seed=seed)
        sets = Sets(
            train, test, dataset, len(layout.classes), null, genes, references, outside, denoiser
        )
        found = chosen.rows(sets)
    except (ValueError, OSError) as error:
        raise InputError(
            f"dataset {row['dataset']!r} ({dataset_path}) cannot be compared with real individuals: "
            f"{error}"
        ) from error
    write_result(output, {"rows": [row | one for one in found]})
