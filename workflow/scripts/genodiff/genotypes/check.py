"""What `snakemake check` tells a person about the inputs."""

import json
import os

from genodiff.formats.counts import read_counts
from genodiff.genotypes.outcomes import words
from genodiff.genotypes.qc_table import told
from genodiff.tally import Tally

_TITLES = {
    "person": "People", "record": "Records of the genotype files", "call": "Calls", "gene": "Genes",
}  # fmt: skip


def summary(facts_path: str | os.PathLike, counts: list[str]) -> str:
    """The summary as text, from the facts and counts of the check's jobs."""
    with open(facts_path, encoding="utf-8") as file:
        facts = json.load(file)
    tally = Tally.sum(read_counts(path) for path in counts)
    contigs = list(facts["contigs"].values())
    labels = ", ".join(f"{label} {count:,}" for label, count in facts["labels"].items())
    lines = [
        f"People       {facts['people']:,}: {labels}, "
        f"without a phenotype {facts['people'] - sum(facts['labels'].values()):,}",
        f"Controls     {facts['control'] or 'no label is theirs, so no Hardy-Weinberg test'}",
        f"Chromosomes  {len(contigs)}: {', '.join(contigs)}",
        f"Build        {facts['build'] or 'unknown: the files give no contig lengths'}",
        f"Genes        {facts['genes']:,} listed, {tally['gene', 'kept']:,} kept",
        f"SNPs         {tally['record', 'kept']:,} kept of {tally.total('record'):,} records",
    ]
    for unit, title in _TITLES.items():
        rows = [(outcome, count) for own, outcome, count in told(tally) if own == unit]
        if rows:
            lines += ["", title]
            for outcome, count in rows:
                # Of people only the one whom a user needs to find the others.
                shown = count.examples[: 1 if unit == "person" else None]
                first = f"  first: {', '.join(shown)}" if shown else ""
                lines.append(f"  {count.count:>12,}  {words(unit, outcome)}{first}")
    return "\n".join(lines) + "\n"
