"""The cohort in the report."""

import json
from collections import Counter

import numpy as np
import pandas as pd

from genodiff.formats.decoding import R2_COLUMNS
from genodiff.formats.gene_pca import VARIANCE_FIELDS, read_models, variance_kept
from genodiff.formats.split import SETS, read_split
from genodiff.genotypes.readers import READERS
from genodiff.qc.table import read_qc_table

_CLAIM = 99.0
# Share of exact calls below which the summary says how many the components return.
_EXACT = 0.95
# Individuals by set are in a table of their own.
_SETS = {"training", "validation", "test", "unlabelled", "excluded"}


def individuals_table(
    split_path: str, classes: list[str]
) -> tuple[list[str], list[tuple[str, list[int]]]]:
    """Classes with "unlabelled", and for each set its name and the number of individuals of each."""
    split = read_split(split_path)
    counts = Counter(zip(split["set"], split["label"].fillna(""), strict=True))
    rows = [(name, [counts[name, label] for label in [*classes, ""]]) for name in SETS]
    return [*classes, "unlabelled"], [row for row in rows if sum(row[1])]


def quality_rows(path: str) -> list[tuple[str, str, int, str]]:
    """Unit, outcome, count and first places of the rows of qc.tsv, which has no sample ids."""
    return [
        (row["unit"], row["meaning"], int(row["count"]), row["first"])
        for row in read_qc_table(path)
        if row["unit"] != "individual" or row["outcome"] not in _SETS
    ]


def input_facts(path: str) -> dict:
    """Facts on the inputs: format of the genotypes, genome build, chromosomes, label of the controls."""
    with open(path, encoding="utf-8") as file:
        facts = json.load(file)
    return facts | {"format": READERS[facts["source"]].title}


def variance_facts(paths: list[str]) -> dict[str, float]:
    """Over genes: mean and least percent of variance kept, and the percent of genes that keep 99%."""
    kept = variance_kept([gene for path in paths for gene in read_models(path, VARIANCE_FIELDS)])
    kept = kept[~np.isnan(kept)]
    return {
        "mean": float(kept.mean()), "least": float(kept.min()),
        "claim": 100 * float((kept >= _CLAIM).mean()),
    }  # fmt: skip


def decoding_warning(table: pd.DataFrame) -> str:
    """A sentence if the chosen decoder returns few genotypes of test individuals, else empty; `table`:
    decoding.tsv."""
    chosen = table[(table["chosen"] == "yes") & (table["set"] == "test")].iloc[0]
    if not chosen["exact"] < _EXACT:
        return ""
    return (
        f"Warning: of the genotypes of real test individuals, {chosen['exact']:.1%} are the same after "
        f"compression to components and decoding ({chosen['decoder']}), and no synthetic individual can "
        "be more faithful; more components (features.components, features.explained) keep more."
    )


def decoding_rows(table: pd.DataFrame) -> list[dict]:
    """The rows of decoding.tsv: decoder, set, whether it is the chosen one, and cells as texts."""
    rows = []
    for row in table.to_dict("records"):
        cells = [f"{row['individuals']:,}", f"{row['snps']:,}"]
        cells += [_text(100 * row[name], 1) for name in ("exact", "non_reference")]
        cells += [_text(row["frequency_error"], 4), _text(row["heterozygosity"], 3)]
        cells += [_text(row[name], 3) for name in R2_COLUMNS]
        keys = {"decoder": row["decoder"], "set": row["set"], "chosen": row["chosen"] == "yes"}
        rows.append(keys | {"cells": cells})
    return rows


def _text(value: float, digits: int) -> str:
    return "NA" if np.isnan(value) else f"{value:.{digits}f}"
