"""The summary of the inputs that `snakemake check` prints."""

import json
import os
from collections.abc import Callable

from genodiff.qc.counts import Tally, read_counts
from genodiff.qc.outcomes import NO_GENES, words
from genodiff.qc.table import ordered
from genodiff.runtime.errors import InputError

_TITLES = {
    "individual": "Individuals", "record": "Records of the genotype files", "call": "Calls",
    "gene": "Genes",
}  # fmt: skip


def check(
    *, facts_path: str | os.PathLike, counts: list[str], show: Callable[[str], None],
    projections: dict[str, str] | None = None,
) -> None:  # fmt: skip
    """Pass the summary of facts and counts to `show`; raises InputError if no gene is left.

    `projections`: files of the SNPs that other cohorts have, by the names of the cohorts.
    """
    with open(facts_path, encoding="utf-8") as file:
        facts = json.load(file)
    tally = Tally.sum(read_counts(path) for path in counts)
    lines = [_projection(name, path) for name, path in (projections or {}).items()]
    show(summary(facts, tally) + "".join(lines))
    if not tally["gene", "kept"]:
        raise InputError(f"{NO_GENES}, above")


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


def summary(facts: dict, tally: Tally) -> str:
    """The summary as text."""
    contigs = list(facts["contigs"].values())
    labels = ", ".join(f"{label} {count:,}" for label, count in facts["labels"].items())
    lines = [
        f"Individuals  {facts['individuals']:,}: {labels}, "
        f"without a phenotype {facts['individuals'] - sum(facts['labels'].values()):,}",
        f"Controls     {facts['control'] or 'no label denotes controls; no Hardy-Weinberg test'}",
        f"Chromosomes  {len(contigs)}: {', '.join(contigs)}",
        f"Build        {_build(facts)}",
        f"Genes        {facts['genes']:,} listed, {tally['gene', 'kept']:,} kept",
        f"SNPs         {tally['record', 'kept']:,} kept of {tally.total('record'):,} records",
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
    return "\n".join(lines) + "\n"
