"""Tables of people: phenotype tables that users bring, and `split.tsv`.

split.tsv has one line per person, in the order of the genotype files: `sample`, `label` (empty
when unknown), `set` (train, validation, test, unlabelled, or excluded: not used anywhere).
"""

import csv
import os
import warnings

import pandas as pd

from genodiff.errors import InputError
from genodiff.formats.common import whole_file

SETS = ("train", "validation", "test", "unlabelled", "excluded")
# People whose genotypes everything may be fitted on.
TRAINING_SETS = ("train", "unlabelled")
MISSING = {"", "NA", "N/A", "NaN", "nan", "na", "null", ".", "-9"}


def _separator(header: str) -> str:
    """Tab, comma, or (as a regular expression) blanks, whichever the header line uses."""
    return next((s for s in ("\t", ",") if s in header), r"\s+")


def read_table(path: str | os.PathLike) -> pd.DataFrame:
    """A tab-, comma- or blank-separated table with a header line, every value as a string."""
    try:
        with open(path, encoding="utf-8-sig") as file:
            header = file.readline()
        if not header.strip():
            raise InputError(f"{path}: line 1: expected a header line with column names, found none")
        with warnings.catch_warnings():
            # A line with more fields than the header would lose its last ones.
            warnings.simplefilter("error", pd.errors.ParserWarning)
            return pd.read_csv(
                path, sep=_separator(header.rstrip("\n")), dtype=str, keep_default_na=False,
                encoding="utf-8-sig", engine="python", index_col=False, skipinitialspace=True,
            )  # fmt: skip
    except FileNotFoundError as error:
        raise InputError(f"{path}: no such file") from error
    except (pd.errors.ParserError, pd.errors.ParserWarning, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: not a readable table: {error}") from error


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
