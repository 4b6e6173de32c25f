"""Tables of people: phenotype tables that users bring, and `split.tsv`.

split.tsv has one line per person, in the order of the genotype files: `sample`, `label` (empty
when unknown), `set` (train, validation, test, unlabelled, or excluded: not used anywhere).
"""

import csv
import os
from collections.abc import Iterable, Iterator

import pandas as pd

from genodiff.errors import InputError
from genodiff.formats.common import whole_file

SETS = ("train", "validation", "test", "unlabelled", "excluded")
# People whose genotypes everything may be fitted on.
TRAINING_SETS = ("train", "unlabelled")
MISSING = {"", "NA", "N/A", "NaN", "nan", "na", "null", ".", "-9"}


def _fields(lines: Iterable[str], header: str) -> Iterator[list[str]]:
    """Lines as fields, separated by tab, comma or blanks, whichever the header line uses."""
    separator = next((s for s in ("\t", ",") if s in header), None)
    if separator is None:
        return (line.split() for line in lines)
    rows = csv.reader(lines, delimiter=separator, skipinitialspace=True, strict=True)
    return ([value.strip() for value in row] for row in rows)


def read_table(path: str | os.PathLike) -> pd.DataFrame:
    """A tab-, comma- or blank-separated table with a header line, every value as a string.

    Raises InputError for a line that has not as many values as the header, and for a column name that
    appears twice.
    """
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            lines = file.readlines()
        if not lines or not lines[0].strip():
            raise InputError(f"{path}: line 1: expected a header line with column names, found none")
        header, *rows = _fields(lines, lines[0])
    except FileNotFoundError as error:
        raise InputError(f"{path}: no such file") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: not a readable table: {error}") from error
    if len(set(header)) < len(header):
        twice = next(name for name in header if header.count(name) > 1)
        raise InputError(f"{path}: line 1: two columns are named {twice!r}")
    for number, row in enumerate(rows, 2):
        if any(row) and len(row) != len(header):
            raise InputError(
                f"{path}: line {number}: {len(row)} values for {len(header)} columns; write NA for a "
                "value that is missing, and separate by tabs where values hold blanks"
            )
    return pd.DataFrame([row for row in rows if any(row)], columns=header, dtype=str)


def read_phenotypes(
    path: str | os.PathLike, sample_column: str, label_column: str, family_column: str | None
) -> pd.DataFrame:
    """Sample, label (None when missing) and family (the sample itself when there is none).

    Raises InputError for a column that is not there and for a sample that appears twice with
    different labels or families; an exact repetition is dropped.
    """
    table = read_table(path)
    wanted = {"sample": sample_column, "label": label_column}
    if family_column:
        wanted["family"] = family_column
    for role, column in wanted.items():
        if column not in table.columns:
            raise InputError(
                f"{path}: no column {column!r}, which cohort.{role}_column names. "
                f"Columns there: {', '.join(map(repr, table.columns))}"
            )
    people = pd.DataFrame({role: table[column].str.strip() for role, column in wanted.items()})
    people["label"] = people["label"].map(lambda v: None if v in MISSING else v).astype(object)
    people["label"] = people["label"].where(people["label"].notna(), None)
    if not family_column:
        people["family"] = people["sample"]
    alone = people["family"].isin(MISSING)
    people.loc[alone, "family"] = people.loc[alone, "sample"]
    people = people.drop_duplicates()
    twice = people.loc[people["sample"].duplicated(), "sample"]
    if len(twice):
        raise InputError(
            f"{path}: sample {twice.iloc[0]!r} is listed more than once with different values "
            f"({len(twice)} such samples); keep one line for each person"
        )
    return people.reset_index(drop=True)


def write_split(path: str | os.PathLike, split: pd.DataFrame) -> None:
    """Write split.tsv; raises ValueError on unknown sets or labels that do not fit their set."""
    _check_split(split)
    with whole_file(path) as temporary:
        split[["sample", "label", "set"]].to_csv(temporary, sep="\t", index=False, na_rep="")


def read_split(path: str | os.PathLike) -> pd.DataFrame:
    """split.tsv as a frame of strings; label is None where it is unknown."""
    split = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)
    label = split["label"].astype(object)
    split["label"] = label.where(label != "", None)
    _check_split(split)
    return split


def _check_split(split: pd.DataFrame) -> None:
    unknown = set(split["set"]) - set(SETS)
    if unknown:
        raise ValueError(f"unknown set in split: {sorted(unknown)}; known: {SETS}")
    if split["sample"].duplicated().any():
        raise ValueError("a sample appears twice in the split")
    labelled = split["set"].isin(["train", "validation", "test"])
    if split.loc[split["set"] == "unlabelled", "label"].notna().any():
        raise ValueError("an unlabelled person has a label")
    if split.loc[labelled, "label"].isna().any():
        raise ValueError("a person of the train, validation or test set has no label")
