"""Project individuals of another cohort onto the principal components of this one, without fitting."""

import os
from collections.abc import Iterator

import numpy as np

from genodiff.features import pca
from genodiff.features.matching import keys_of
from genodiff.features.projection_check import read_projection
from genodiff.features.tensors import write_individuals_of
from genodiff.formats.gene_pca import read_models, read_score_samples, write_gene_pca
from genodiff.formats.genotypes import MISSING_DOSAGE, iter_genes, read_samples
from genodiff.formats.tensors import IndividualsWriter, Layout
from genodiff.runtime.errors import InputError
from genodiff.runtime.logs import logger


def project_chromosome(
    *, matrices_path: str | os.PathLike, models_path: str | os.PathLike,
    projected_models: str | os.PathLike, projected_scores: str | os.PathLike,
) -> None:  # fmt: skip
    """Write the scores of all individuals of the matrices of `match_chromosome` and their models.
    Missing calls and absent SNPs are imputed with the means of the models."""
    models = {model["gene"]: model for model in read_models(models_path)}

    def scores() -> Iterator[tuple[dict, np.ndarray]]:
        for snps, dosage in iter_genes(matrices_path):
            model = models.get(snps["gene"][0].as_py())
            if model is None:
                continue
            row_of = {key: row for row, key in enumerate(keys_of(snps.to_pydict()))}
            dosage = dosage[[row_of[key] for key in keys_of(model)]]
            missing = int(np.count_nonzero(dosage == MISSING_DOSAGE))
            yield (
                model | {"imputed_calls": missing},
                pca.transform(pca.GenePca.of(model), dosage, np.float32),
            )

    samples = read_samples(matrices_path)
    write_gene_pca(projected_models, projected_scores, samples, scores())


def project_individuals(
    *, layout_path: str, scores_paths: list[str], inputs_path: str, output: str, memory_mb: int
) -> None:
    """Write the individuals of the scores of all chromosomes as tensors of this cohort's layout.

    `inputs_path`: the individuals and their labels, of `inspect_projection`. Raises ValueError if the
    scores are of other individuals, and InputError for a label that the layout lacks.
    """
    layout = Layout.read(layout_path)
    samples, labels = read_projection(inputs_path)
    for path in scores_paths:
        if read_score_samples(path) != samples:
            raise ValueError(f"{path}: not the individuals of {inputs_path}, in its order")
    unknown = sorted(set(labels) - {None} - set(layout.classes))
    if unknown:
        raise InputError(
            f"label {unknown[0]!r} is none of this cohort's ({', '.join(layout.classes)}), of which no "
            "individual is left"
        )
    with IndividualsWriter(output, layout) as writer:
        all_individuals = np.full(len(samples), "all", object)
        write_individuals_of(
            scores_paths, layout, samples, labels, all_individuals, {"all": writer}, memory_mb
        )
    logger.info(
        "%d individuals, %d with a label", len(samples), sum(label is not None for label in labels)
    )
