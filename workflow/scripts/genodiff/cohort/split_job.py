"""The first job of a run: inspect the inputs and split the individuals."""

import json
import os
from dataclasses import asdict, dataclass, field

import numpy as np
import pandas as pd

from genodiff.annotations.lines import write_bed
from genodiff.annotations.read import read_genes
from genodiff.cohort.label_mix import matched_counts
from genodiff.cohort.power import smallest_accuracy_difference, smallest_auc
from genodiff.cohort.split import split_cohort
from genodiff.formats.common import whole_file
from genodiff.formats.labels import check_classes
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
    unread: list[str] = field(
        default_factory=list
    )  # chromosomes without a gene, whose files are not read


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
    label_mixes: dict[str, list[str]] | None = None,
) -> None:  # fmt: skip
    """Inspect the inputs and split the individuals.

    `fractions`: of the test and validation set; `missing`: files of missing calls of each chromosome, if
    `max_missing` is set; `balance_batches`: each batch has equally many test individuals of every class;
    `label_mixes`: names of classes in label mixes, which the cohort must have.
    """
    tally = Tally()
    inspection = inspect_genotypes(cohort.files, cohort.build)
    genes = read_genes(cohort.genes, tally, **cohort.annotation)
    for outcome, count in tally.of("gene").items():
        logger.warning("%s: genes, %s: %s", cohort.genes, words("gene", outcome), count)
    check_genes_build(genes, cohort.genes, inspection)
    inspect_genes(genes, cohort.genes, inspection, tally)
    for name in dict.fromkeys([*cohort.unread, *inspection.unused]):
        tally.add("contig", "not_read", name)
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
    check_classes(label_mixes or {}, labels)
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
        "family_column": cohort.columns[2],
        "test": power_of(split, labels),
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


def power_of(split: pd.DataFrame, labels: list[str]) -> dict[str, float]:
    """Number of test individuals, and the smallest difference of accuracies and the smallest AUC of the
    membership attack that they show (see power.py)."""
    test, train = (
        np.array([((split["set"] == name) & (split["label"] == label)).sum() for label in labels])
        for name in ("test", "train")
    )
    members = int(matched_counts(test, train).sum())
    return {
        "individuals": int(test.sum()),
        "accuracy": smallest_accuracy_difference(int(test.sum())),
        "auc": smallest_auc(members, int(test.sum())),
    }
