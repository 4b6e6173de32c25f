"""Genetic fidelity in the report: one table for each metric, the null first."""

import os
from dataclasses import dataclass
from typing import Any

from genodiff.generators.dataset import NULL
from genodiff.report.tables import Row, Table, columns_of, of_null, table_of
from genodiff.tables.fidelity import ALL, LONG_COLUMNS
from genodiff.tables.read import read_long

_Z = 1.96


@dataclass(frozen=True)
class _Section:
    caption: str
    digits: int
    rows: dict[str, str | tuple[str, str]]


_SECTIONS = {
    "frequency": _Section(
        "Allele frequencies of each dataset against those of training individuals.", 4,
        {
            "correlation": "correlation",
            "mean difference": "mean_difference",
            "largest difference": "largest_difference",
            "share of SNPs that no longer vary": "monomorphic",
            "the same, minor allele frequency up to 5%": ("monomorphic", "MAF 0 to 0.05"),
        },
    ),
    "heterozygosity": _Section(
        "Heterozygosity: heterozygous calls in units of those of training individuals (ideal: 1), "
        "inbreeding coefficients, and SNPs that fail Hardy-Weinberg equilibrium (p < 1e-5) in controls.",
        3,
        {
            "heterozygous calls": "ratio",
            "inbreeding coefficient, mean": "inbreeding_mean",
            "inbreeding coefficient, SD": "inbreeding_deviation",
            "share of SNPs that fail": "hwe_failures",
            "the same, all individuals at once": ("hwe_failures", "everybody"),
        },
    ),
    "ld": _Section(
        "Linkage disequilibrium of pairs of SNPs at most 1 Mb apart: correlation of r2 with that of "
        "training individuals, mean difference from it (ideal: 0), and LD scores.", 3,
        {
            "r2 within genes, correlation": ("r2_correlation", "within genes"),
            "r2 within genes, difference": ("r2_bias", "within genes"),
            "r2 between genes, correlation": ("r2_correlation", "between genes"),
            "r2 between genes, difference": ("r2_bias", "between genes"),
            "LD scores, correlation": "score_correlation",
            "LD scores, ratio": "score_ratio",
        },
    ),
    "structure": _Section(
        "Population structure: distance from training individuals on their principal components, "
        "variance there in units of theirs (ideal: 1), and Fst.", 4,
        {
            "Wasserstein distance, PC 1-2": "wasserstein_pc2",
            "Wasserstein distance, PC 1-10": "wasserstein_pc10",
            "variance, PC 1-2": "variance_pc2",
            "variance, PC 1-10": "variance_pc10",
            "Fst from training individuals": "fst",
            "Fst between classes": "fst_classes",
        },
    ),
    "relatedness": _Section(
        "Relatedness (KING-robust kinship): the closest pair, the share of individuals with a relative "
        "of the second degree or closer, and of exact copies. NA: too few independent SNPs.", 4,
        {
            f"{title}, {heading}": f"{side}_{number}"
            for side, title in {
                "within": "within", "train": "to training individuals", "test": "to test individuals",
            }.items()
            for number, heading in {
                "largest": "closest pair", "second_degree": "second degree", "duplicates": "copies",
            }.items()
        },
    ),
    "association": _Section(
        "Association with the label: agreement of SNPs with training individuals, share of the 1% "
        "strongest SNPs in common, and genomic inflation.", 3,
        {
            "z scores, correlation": "z_correlation",
            "effects, correlation": "effect_correlation",
            "strongest 1% in common": "top_overlap",
            "inflation": "inflation",
        },
    ),
    "score": _Section(
        "Polygenic score: AUC on real test individuals.", 3,
        {"fitted to this dataset": "auc", "to as many training individuals": "auc_training"},
    ),
}  # fmt: skip


def fidelity_tables(
    path: str | os.PathLike | None, generators: dict[str, dict[str, Any]] | None
) -> list[Table]:
    """The tables of fidelity.long.tsv; `generators`: entries with title and kind by key of the dataset.
    Empty without a file or generators.

    The generator in bold is nearest to the null, that is to as many other real individuals. With one
    seed there is none: errors are those of the individuals drawn, and say nothing of another training.
    """
    if path is None or generators is None:
        return []
    long = read_long(path, LONG_COLUMNS)
    low, high = (long["value"] + sign * _Z * long["se"] for sign in (-1, 1))
    long["note"] = [
        f"{n:,.0f} individuals" + (f", 95% interval {a:.4f} to {b:.4f}" if a == a else "")
        for n, a, b in zip(long["n"], low, high, strict=True)
    ]
    columns, tables, several = columns_of(generators, NULL), [], long["seed"].nunique() > 1
    for metric, section in _SECTIONS.items():
        rows = []
        for heading, wanted in section.rows.items():
            number, bin_ = (wanted, ALL) if isinstance(wanted, str) else wanted
            own = long[long[["metric", "number", "bin"]].eq([metric, number, bin_]).all(axis=1)]
            rows.append(Row([heading], own, of_null(own) if several else None, {}))
        tables.append(table_of(section.caption, ["Number"], columns, rows, section.digits, False))
    return tables
