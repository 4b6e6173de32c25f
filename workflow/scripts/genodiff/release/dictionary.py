"""What each file of a release and each of its columns is."""

from pathlib import Path

import pandas as pd

from genodiff.formats.common import whole_file
from genodiff.release import tables
from genodiff.release.cohort import Cohort
from genodiff.release.writers.base import STEM, Writer

NAME = "dictionary.tsv"
SHEET, PAGE, README, CHECKSUMS = "datasheet.json", "datasheet.html", "README.txt", "SHA256SUMS"
# Of a generator that is private by proof.
BUDGET = "privacy_budget.json"


def entries(cohort: Cohort, writers: list[Writer]) -> list[tuple[str, str, str]]:
    """File, column (empty for the file itself) and description, in the order of the page."""
    rows = [
        (README, "", "how to use this folder in PLINK 2, R and Python"),
        (PAGE, "", "what this is, how good and how safe, as a page for a browser"),
        (SHEET, "", "the same for programs"),
        (BUDGET, "", "what was computed from the training individuals, with how much noise"),
        (NAME, "", "this table"),
        (CHECKSUMS, "", "SHA-256 of every other file: sha256sum --check SHA256SUMS"),
    ]
    for writer in writers:
        rows += [(f"{STEM}{suffix}", "", text) for suffix, text in writer.files.items()]
    number = len(cohort.samples)
    rows += [
        (tables.PHENOTYPES, "", f"labels of the {number} individuals"),
        (tables.PHENOTYPES, "sample", "id of a synthetic individual; belongs to no real one"),
        (tables.PHENOTYPES, "label", f"class: {', '.join(cohort.classes)}; NA: none"),
        (
            tables.TRAITS,
            "",
            "the same as binary traits for REGENIE (--bt) and PLINK 2 (--pheno, --1, --pheno-name)",
        ),
        (tables.TRAITS, "FID, IID", "family (0: none) and id"),
    ]
    for trait in cohort.phenotypes():
        rest = cohort.classes[0] if cohort.binary else "every other class"
        rows.append((tables.TRAITS, trait.name, f"1: {trait.label}; 0: {rest}; NA: no label"))
    rows += [
        (tables.COVARIATES, "", "covariates"),
        (tables.COVARIATES, "FID, IID", "family (0: none) and id"),
        (
            tables.COVARIATES, f"PC1 to PC{tables.COMPONENTS}",
            "principal components of these individuals, from at most 2,000 SNPs with r2 below 0.2",
        ),
        (tables.GENES, "", "genes whose SNPs are in the genotypes"),
        (tables.GENES, "gene, chrom", "name and chromosome"),
        (tables.GENES, "first_position, last_position", "of its SNPs, 1-based"),
        (tables.GENES, "snps", "number of its SNPs"),
        (tables.SNPS, "", "SNPs of the genotypes"),
        (tables.SNPS, "chrom, pos, id", "chromosome, 1-based position, name"),
        (tables.SNPS, "ref, alt", "reference and alternate allele; a dosage counts alt"),
        (tables.SNPS, "genes", "genes that contain it, separated by commas"),
        (
            tables.SNPS, "variance_kept",
            "share of the variance of real individuals (those to whom the components were fitted) that "
            "the components keep, 0 to 1; do not interpret SNPs with a small share",
        ),
    ]  # fmt: skip
    return rows


def write_dictionary(folder: Path, cohort: Cohort, writers: list[Writer]) -> list[tuple[str, str, str]]:
    """Write dictionary.tsv; returns its rows, without the files that this release does not have."""
    made = {path.name for path in folder.iterdir()} | {NAME, SHEET, PAGE, README, CHECKSUMS}
    rows = [row for row in entries(cohort, writers) if row[0] in made]
    with whole_file(folder / NAME) as temporary:
        table = pd.DataFrame(rows, columns=["file", "column", "description"])
        table.to_csv(temporary, sep="\t", index=False)
    return rows
