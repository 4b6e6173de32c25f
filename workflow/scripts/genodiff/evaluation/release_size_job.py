"""The job of the workflow that attacks parts of a released cohort."""

import os

import numpy as np

from genodiff.evaluation.base import Comparison, Sets
from genodiff.evaluation.neighbours.rows import read_rows
from genodiff.evaluation.neighbours.search import Budget
from genodiff.evaluation.release_size import ReleaseSize, Shares, strongest_on_parts
from genodiff.formats.results import read_results, write_result
from genodiff.formats.tensors import Layout
from genodiff.generators.base import feature_origins
from genodiff.runtime.devices import prepare
from genodiff.runtime.errors import InputError

# Parts of the memory: five sets of individuals, the same with some of the genes, a set that is made of
# two others, and blocks.
_PARTS = 12


def release_size_job(
    *, layout_path: str, train_path: str, test_path: str, null_path: str, dataset_path: str,
    privacy_path: str, output: str, row: dict[str, str | int], shares: Shares, settings: Comparison,
    seed: int, device: str, threads: int, reference_path: str | None = None,
) -> None:  # fmt: skip
    """Write the rows of one dataset, each with the keys of `row`.

    `null_path`: individuals that no generator was fitted to, which are the references too unless
    `reference_path` names others. `privacy_path`: the result of all attacks on the evaluated individuals
    of this generator. Raises InputError for a dataset that cannot be attacked.
    """
    part, processor = settings.memory_mb / _PARTS, prepare(device, threads)[0]
    layout, scratch = Layout.read(layout_path), os.path.dirname(output)
    (privacy,) = read_results([privacy_path])
    attacks = strongest_on_parts(privacy["rows"])
    snps = np.array([gene.snps for gene in layout.genes])
    genes = np.array(feature_origins(layout).genes)
    try:
        train, test, unseen, dataset = (
            read_rows(path, layout, part, scratch)
            for path in (train_path, test_path, null_path, dataset_path)
        )
        outside, references = reference_path is not None, unseen
        if outside:
            references = read_rows(reference_path, layout, part, scratch)
        sets = Sets(train, test, dataset, len(layout.classes), False, genes, references, outside)
        rest = references if outside else test.take(np.arange(0))
        null = Sets(train, test, unseen, len(layout.classes), True, genes, rest, outside)
        budget = Budget(part, processor, part, scratch)
        chosen = ReleaseSize(settings, budget, seed, shares, attacks, snps)
        rows = [row | one for one in chosen.table(sets, null)]
    except (ValueError, OSError) as error:
        raise InputError(
            f"parts of dataset {row['dataset']!r} ({dataset_path}) cannot be attacked: {error}"
        ) from error
    write_result(output, {"rows": rows})
