"""Project individuals of another cohort onto the principal components of this one, without fitting."""

import os
from collections import deque
from collections.abc import Iterable, Iterator

import numpy as np

from genodiff.features import pca
from genodiff.features.tensors import write_individuals_of
from genodiff.formats.gene_pca import read_models, read_score_samples, write_gene_pca
from genodiff.formats.genotypes import MISSING_DOSAGE
from genodiff.formats.phenotypes import read_phenotypes
from genodiff.formats.tensors import IndividualsWriter, Layout
from genodiff.genotypes.inputs import GenotypeFiles
from genodiff.genotypes.snps import Snp, iter_snps
from genodiff.qc.counts import Tally
from genodiff.qc.outcomes import words
from genodiff.runtime.errors import InputError
from genodiff.runtime.logs import logger

# Expected outcomes in another cohort; others are logged as warnings.
_ORDINARY = {("snp", "found"), ("record", "not_in_the_models"), ("call", "imputed")}
# Missing rate of the models' SNPs above which a warning is logged.
_MANY_MISSING = 0.1
# A SNP by position and alleles.
Key = tuple[int, str, str]


def _keys(model: dict) -> list[Key]:
    return list(zip(model["pos"], model["ref"], model["alt"], strict=True))


def model_dosages(
    snps: Iterable[Snp], wanted: set[Key], tally: Tally
) -> Iterator[tuple[Key, np.ndarray]]:
    """Yield the keys of the models' SNPs with dosages int8 (N,) of the models' ALT.

    If REF and ALT are exchanged, dosages are inverted and counted as "swapped"; a SNP with other alleles
    at a position of the models is omitted and counted as "other_alleles".
    """
    last, seen = 0, set()  # position and keys of the last SNPs
    for snp in snps:
        locus, key = f"{snp.chrom}:{snp.pos}", (snp.pos, snp.ref, snp.alt)
        swapped = (snp.pos, snp.alt, snp.ref)
        match = next((k for k in (key, swapped) if k in wanted), None)
        seen = seen if snp.pos == last else set()
        last = snp.pos
        if match is None:
            tally.add("snp", "other_alleles", locus)
        elif match in seen:
            tally.add("snp", "duplicate", locus)
        else:
            seen.add(match)
            missing = snp.dosage == MISSING_DOSAGE
            if missing.any():
                tally.add("call", "imputed", None, int(np.count_nonzero(missing)))
            if match == key:
                tally.add("snp", "found")
                yield match, snp.dosage
            else:
                tally.add("snp", "swapped", locus)
                yield match, np.where(missing, MISSING_DOSAGE, 2 - snp.dosage).astype(np.int8)


def gene_dosages(
    models: list[dict], snps: Iterable[tuple[Key, np.ndarray]], individuals: int, tally: Tally
) -> Iterator[tuple[dict, np.ndarray]]:
    """Yield each model, in order, with the dosages int8 (V, N) of its SNPs; an absent SNP is missing for
    all individuals and counted. Rows are deleted when no later gene needs them."""
    waiting, rows = deque(models), {}
    # Smallest position of each gene and all later genes.
    first = list(np.minimum.accumulate([model["pos"][0] for model in models][::-1])[::-1])

    def take(pos: float) -> Iterator[tuple[dict, np.ndarray]]:
        while waiting and waiting[0]["pos"][-1] < pos:
            model = waiting.popleft()
            dosage = np.full((len(model["pos"]), individuals), MISSING_DOSAGE, np.int8)
            for row, key in zip(dosage, _keys(model), strict=True):
                if key in rows:
                    row[:] = rows[key]
                else:
                    tally.add("snp", "absent", f"{model['chrom']}:{key[0]}")
            yield model, dosage
            needed = first[len(models) - len(waiting)] if waiting else float("inf")
            for key in [key for key in rows if key[0] < needed]:
                del rows[key]

    for key, dosage in snps:
        yield from take(key[0])
        rows[key] = dosage
    yield from take(float("inf"))


def project_chromosome(
    *, files: GenotypeFiles, chromosome: str, models_path: str | os.PathLike,
    projected_models: str | os.PathLike, projected_scores: str | os.PathLike,
) -> Tally:  # fmt: skip
    """Write the scores of all individuals of a chromosome's file and their models; return counts of
    records, calls and the models' SNPs. Missing calls and absent SNPs are imputed with the means of the
    models."""
    models, tally = read_models(models_path), Tally()
    reader = files.open(chromosome)
    wanted = {key for model in models for key in _keys(model)}
    positions = {key[0] for key in wanted}
    snps = iter_snps(
        reader, chromosome, reader.samples, tally,
        wanted=positions.__contains__, unwanted="not_in_the_models",
    )  # fmt: skip

    def scores() -> Iterator[tuple[dict, np.ndarray]]:
        dosages = model_dosages(snps, wanted, tally)
        for model, dosage in gene_dosages(models, dosages, len(reader.samples), tally):
            missing = int(np.count_nonzero(dosage == MISSING_DOSAGE))
            yield (
                model | {"imputed_calls": missing},
                pca.transform(pca.GenePca.of(model), dosage, np.float32),
            )

    write_gene_pca(projected_models, projected_scores, reader.samples, scores())
    _report(reader.path, tally, len(reader.samples))
    return tally


def _report(path: str, tally: Tally, individuals: int) -> None:
    for unit, outcome, count in tally:
        level = logger.info if (unit, outcome) in _ORDINARY else logger.warning
        level("%s: %ss, %s: %s", path, unit, words(unit, outcome), count)
    calls = individuals * (tally["snp", "found"] + tally["snp", "swapped"])
    missing = tally["call", "imputed"]
    if missing > _MANY_MISSING * calls:
        logger.warning(
            "%s: %.0f%% of the calls of the models' SNPs are missing and imputed with the training "
            "mean, which reduces differences between individuals; is it the right file?",
            path, 100 * missing / calls,
        )  # fmt: skip


def project_individuals(
    *, layout_path: str, scores_paths: list[str], phenotypes: str | None, columns: list[str | None],
    output: str, memory_mb: int,
) -> None:  # fmt: skip
    """Write the individuals of the scores of all chromosomes as tensors of this cohort's layout.

    `phenotypes`: an optional table of labels, with `columns` of sample, label and family. Raises
    InputError for a label that the layout lacks, and if the individuals or their order differ between
    chromosomes.
    """
    layout = Layout.read(layout_path)
    samples = read_score_samples(scores_paths[0])
    for path in scores_paths[1:]:
        if read_score_samples(path) != samples:
            raise InputError(
                f"{path}: other individuals, or in another order, than in {scores_paths[0]}"
            )
    labels: list[str | None] = [None] * len(samples)
    if phenotypes:
        table = read_phenotypes(phenotypes, *columns)
        label_of = dict(zip(table["sample"], table["label"], strict=True))
        labels = [label_of.get(sample) for sample in samples]
        unknown = sorted(set(labels) - {None} - set(layout.classes))
        if unknown:
            raise InputError(
                f"{phenotypes}: label {unknown[0]!r} is none of this cohort's "
                f"({', '.join(layout.classes)})"
            )
    with IndividualsWriter(output, layout) as writer:
        all_individuals = np.full(len(samples), "all", object)
        write_individuals_of(
            scores_paths, layout, samples, labels, all_individuals, {"all": writer}, memory_mb
        )
    logger.info(
        "%d individuals, %d with a label", len(samples), sum(label is not None for label in labels)
    )
