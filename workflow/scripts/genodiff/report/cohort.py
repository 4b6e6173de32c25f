"""What the report says about the cohort."""

import csv
from collections import Counter

import numpy as np

from genodiff.formats.gene_pca import VARIANCE_FIELDS, read_models, variance_kept
from genodiff.formats.people import SETS, read_split

_CLAIM = 99.0


def people_table(split_path: str, classes: list[str]) -> tuple[list[str], list[tuple[str, list[int]]]]:
    """Classes with "unlabelled", and for each set its name and the number of people of each."""
    split = read_split(split_path)
    counts = Counter(zip(split["set"], split["label"].fillna(""), strict=True))
    rows = [(name, [counts[name, label] for label in [*classes, ""]]) for name in SETS]
    return [*classes, "unlabelled"], [row for row in rows if sum(row[1])]


def read_counts(paths: list[str]) -> dict[str, int]:
    """What became of records, SNPs and genes, summed over chromosomes."""
    total = Counter()
    for path in paths:
        with open(path, newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file, delimiter="\t"):
                total[row["what"]] += int(row["count"])
    return dict(sorted(total.items(), key=lambda item: -item[1]))


def variance_facts(paths: list[str]) -> dict[str, float]:
    """Over genes: mean and least percent of variance kept, and the percent of genes that keep 99%."""
    kept = variance_kept([gene for path in paths for gene in read_models(path, VARIANCE_FIELDS)])
    kept = kept[~np.isnan(kept)]
    return {
        "mean": float(kept.mean()), "least": float(kept.min()),
        "claim": 100 * float((kept >= _CLAIM).mean()),
    }  # fmt: skip
