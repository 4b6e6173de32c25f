"""The summary of the inputs that `snakemake check` prints."""

import json
import os
from collections.abc import Callable, Sequence

import numpy as np

from genodiff.formats.gene_pca import VARIANCE_FIELDS, read_models, variance_kept
from genodiff.formats.labels import check_classes, number
from genodiff.qc.advice import why_no_genes
from genodiff.qc.counts import Tally, read_counts
from genodiff.qc.outcomes import words
from genodiff.qc.relatives import read_relatives, relatives_line, relatives_warning
from genodiff.qc.table import ordered
from genodiff.runtime.errors import InputError

# Smallest visible difference in accuracy from which a test set shows nothing: between guessing between
# two classes and certainty.
_USELESS = 0.5
_TITLES = {
    "individual": "Individuals", "contig": "Contigs", "record": "Records of the genotype files",
    "call": "Calls", "gene": "Genes",
}  # fmt: skip


def check(
    *, facts_path: str | os.PathLike, relatives_path: str | os.PathLike, counts: list[str],
    models: list[str], show: Callable[[str], None], thresholds: dict,
    label_mixes: dict[str, list[str]] | None = None, projections: dict[str, str] | None = None,
) -> None:  # fmt: skip
    """Pass the summary of facts, relatives, counts and per-gene PCA `models` to `show`.

    `thresholds`: see `why_no_genes`; `projections`: files of the SNPs that other cohorts have, by the
    names of the cohorts. Raises InputError if no gene is left, and if the cohort lacks a class of
    `label_mixes` (see `formats.labels`).
    """
    with open(facts_path, encoding="utf-8") as file:
        facts = json.load(file)
    relatives = read_relatives(relatives_path)
    tally = Tally.sum(read_counts(path) for path in counts)
    kept = variance_kept([gene for path in models for gene in read_models(path, VARIANCE_FIELDS)])
    lines = [_projection(name, path) for name, path in (projections or {}).items()]
    show(summary(facts, relatives, tally, kept) + "".join(lines))
    if not tally["gene", "kept"]:
        raise InputError(why_no_genes(tally, thresholds))
    check_classes(label_mixes or {}, list(facts["labels"]))


def _projection(name: str, path: str) -> str:
    with open(path, encoding="utf-8") as file:
        snps = json.load(file)
    found, swapped, absent = (snps.get(outcome, 0) for outcome in ("found", "swapped", "absent"))
    wanted = found + swapped + absent
    return (
        f"\nProjection {name}: {found + swapped:,} of {wanted:,} SNPs found, {swapped:,} of them with "
        "REF and ALT exchanged\n"
    )


def _build(facts: dict) -> str:
    if not facts["build"]:
        return "unknown: the contig lengths of the files match no build that GenoDiff knows"
    confirmed = facts["build_confirmed"]
    return facts["build"] + ("" if confirmed else ", as declared; the files do not confirm it")


def _classes(facts: dict) -> list[str]:
    """A line that names controls and cases, if their labels are numbers."""
    control, labels = facts["control"], facts["labels"]
    if control is None or len(labels) != 2 or None in map(number, labels):
        return []
    (case,) = set(labels) - {control}
    named = f"{labels[control]:,} controls (label {control}), {labels[case]:,} cases (label {case})"
    return [f"Classes      {named}"]


def summary(facts: dict, relatives: dict, tally: Tally, kept: Sequence[float]) -> str:
    """The summary as text; `kept`: percent of the variance of each gene that its components keep."""
    contigs = list(facts["contigs"].values())
    labels = ", ".join(f"{label} {count:,}" for label, count in facts["labels"].items())
    lines = [
        f"Individuals  {facts['individuals']:,}: {labels}, "
        f"without a phenotype {facts['individuals'] - sum(facts['labels'].values()):,}",
        f"Controls     {facts['control'] or 'no label denotes controls; no Hardy-Weinberg test'}",
        *_classes(facts),
        f"Chromosomes  {len(contigs)}: {', '.join(contigs)}",
        f"Build        {_build(facts)}",
        f"Genes        {facts['genes']:,} listed, {tally['gene', 'kept']:,} kept",
        f"SNPs         {tally['record', 'kept']:,} kept of {tally.total('record'):,} records",
        f"Components   {_variance(kept)}",
        f"Test set     {size_line(facts['test'])}",
        f"Relatives    {relatives_line(relatives)}",
    ]
    for unit, title in _TITLES.items():
        rows = [(outcome, count) for name, outcome, count in ordered(tally) if name == unit]
        if rows:
            lines += ["", title]
            for outcome, count in rows:
                # One individual suffices to find the others.
                shown = count.examples[: 1 if unit == "individual" else None]
                first = f"  first: {', '.join(shown)}" if shown else ""
                lines.append(f"  {count.count:>12,}  {words(unit, outcome)}{first}")
    warning = relatives_warning(relatives, facts["family_column"])
    return "\n".join([*lines, *(["", warning] if warning else [])]) + "\n"


def _variance(kept: Sequence[float]) -> str:
    if not len(kept):
        return "none: no gene is left"
    return (
        f"keep {np.mean(kept):.0f}% of the variance of a gene's SNPs on average, {np.min(kept):.0f}% of "
        "the gene with the least (features.components, features.explained)"
    )


def size_line(test: dict) -> str:
    """The size of the test set and what it shows; `test`: see `cohort.split_job.power_of`."""
    size = f"{test['individuals']:,} individuals"
    if test["accuracy"] >= _USELESS:
        return f"{size}, too few to tell generators apart"
    return (
        f"{size}, which show differences in accuracy from {100 * test['accuracy']:.0f} points and "
        f"attacks from an AUC of {test['auc']:.2f} (5% level, power 80%)"
    )
