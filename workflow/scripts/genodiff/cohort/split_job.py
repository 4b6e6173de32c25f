"""The first job of a run: inspect the inputs and split the individuals."""

import json
import os
from dataclasses import asdict, dataclass

from genodiff.annotations.lines import write_bed
from genodiff.annotations.read import read_genes
from genodiff.cohort.split import split_cohort
from genodiff.formats.common import whole_file
from genodiff.formats.split import write_split
from genodiff.genotypes.inputs import GenotypeFiles, check_genes_build, inspect_genes, inspect_genotypes
from genodiff.genotypes.missing_calls import missing_rates
from genodiff.genotypes.quality import control_label
from genodiff.qc.counts import Tally, write_counts
from genodiff.qc.outcomes import words
from genodiff.runtime.logs import logger


@dataclass(frozen=True)
class CohortInputs:
    """The input files of a cohort and how to read them."""

    files: GenotypeFiles
    build: str | None  # declared genome build
    genes: str
    annotation: dict  # arguments of `read_genes`
    phenotypes: str
    columns: list[str | None]  # of sample, label, family and batch in the phenotype table
    control: str | None  # declared label of controls


@dataclass(frozen=True)
class SplitOutputs:
    """Paths of split.tsv, the genes as BED, counts of individuals and genes, and facts about the inputs
    (JSON)."""

    split: str | os.PathLike
    genes: str | os.PathLike
    counts: str | os.PathLike
    facts: str | os.PathLike


def split_job(
    *, cohort: CohortInputs, fractions: list[float], seed: int, missing: list[str],
    max_missing: float | None, outputs: SplitOutputs, balance_batches: bool = False,
) -> None:  # fmt: skip
    """Inspect the inputs and split the individuals.

    `fractions`: of the test and validation set; `missing`: files of missing calls of each chromosome, if
    `max_missing` is set; `balance_batches`: each batch has equally many test individuals of every class.
    """
    tally = Tally()
    inspection = inspect_genotypes(cohort.files, cohort.build)
    genes = read_genes(cohort.genes, tally, **cohort.annotation)
    for outcome, count in tally.of("gene").items():
        logger.warning("%s: genes, %s: %s", cohort.genes, words("gene", outcome), count)
    check_genes_build(genes, cohort.genes, inspection)
    inspect_genes(genes, cohort.genes, inspection, tally)
    samples = inspection.samples
    rates = missing_rates(missing, samples) if max_missing is not None else None
    genotypes = next(iter(cohort.files.paths.values()))
    split = split_cohort(
        samples=samples, genotypes=genotypes, phenotypes=cohort.phenotypes, columns=cohort.columns,
        fractions=fractions, seed=seed, missing_rates=rates, max_missing=max_missing,
        tally=tally, balance_batches=balance_batches,
    )  # fmt: skip
    labels = sorted(set(split["label"].dropna()))
    control = control_label(labels, cohort.control)
    facts = {
        "source": cohort.files.source,
        "build": inspection.build,
        "build_confirmed": inspection.build_confirmed,
        "build_evidence": [asdict(own) for own in inspection.evidence],
        "contigs": inspection.contigs,
        "individuals": len(samples),
        "genes": len(genes),
        "control": control,
        "labels": {label: int((split["label"] == label).sum()) for label in labels},
    }
    logger.info(
        "%d individuals, %d genes, %d chromosomes, genome build %s, controls: %s",
        len(samples), len(genes), len(inspection.contigs), inspection.build or "unknown",
        control or "no label",
    )  # fmt: skip
    write_split(outputs.split, split)
    write_bed(outputs.genes, genes)
    write_counts(outputs.counts, {"": tally})
    with whole_file(outputs.facts) as temporary, open(temporary, "w", encoding="utf-8") as file:
        json.dump({"format": "genodiff.inputs.1", **facts}, file, indent=1)
