"""Read tables of phenotypes: text with a header, or PLINK's .fam, .psam and .pheno."""

import csv
import gzip
import os
import re
import zlib
from collections.abc import Iterable, Iterator
from difflib import get_close_matches

import pandas as pd

from genodiff.runtime.errors import InputError
from genodiff.runtime.logs import logger

# In lower case; without "none", which may be the name of a class.
MISSING = {"", "na", "n/a", "#n/a", "<na>", "nan", "null", ".", "-9"}
_FAM = ["family", "sample", "father", "mother", "sex", "phenotype"]
# Columns of PLINK 2's tables other than phenotypes.
_PLINK2 = {"FID", "IID", "SID", "PAT", "MAT", "SEX"}
# Names of columns in the configuration's defaults and in PLINK 2's tables.
_DEFAULTS = {"sample": "IID", "family": "FID"}
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


def _fields(lines: Iterable[str], header: str) -> Iterator[list[str]]:
    """Fields of lines, separated by tabs, commas or blanks, as in the header line."""
    separator = next((s for s in ("\t", ",") if s in header), None)
    if separator is None and '"' not in header:
        return (line.split() for line in lines)
    rows = csv.reader(lines, delimiter=separator or " ", skipinitialspace=True, strict=True)
    return ([value.strip() for value in row] for row in rows)


def _ends(path: str | os.PathLike, *endings: str) -> bool:
    """Whether the name of a file, without .gz, ends in one of `endings`."""
    return str(path).removesuffix(".gz").endswith(endings)


def _read_lines(path: str | os.PathLike) -> list[str]:
    try:
        with open(path, "rb") as file:
            packed = file.read(2) == b"\x1f\x8b"
        opened = gzip.open if packed else open
        with opened(path, "rt", encoding="utf-8-sig", newline="") as file:
            return file.read().splitlines(keepends=True)
    except FileNotFoundError as error:
        raise InputError(f"{path}: no such file (cohort.phenotypes)") from error
    except (UnicodeDecodeError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InputError(f"{path}: not a readable table: {error}") from error


def read_table(path: str | os.PathLike) -> pd.DataFrame:
    """A tab-, comma- or blank-separated table with a header line, plain or gzipped; values as strings.

    A `.fam` has no header: its columns are family, sample, father, mother, sex and phenotype. A `#`
    before the first name of a header is removed. Raises InputError for a line with more or fewer values
    than the header, for a repeated column name, and for a table without individuals.
    """
    lines = _read_lines(path)
    fam = _ends(path, ".fam")
    while lines and lines[0].startswith("##"):
        lines.pop(0)
    if not lines or not lines[0].strip():
        raise InputError(f"{path}: line 1: expected a header line with column names, found none")
    try:
        rows = [line.split() for line in lines] if fam else list(_fields(lines, lines[0]))
    except csv.Error as error:
        raise InputError(f"{path}: not a readable table: {error}") from error
    header = _FAM if fam else [rows[0][0].removeprefix("#"), *rows.pop(0)[1:]]
    if len(set(header)) < len(header):
        twice = next(name for name in header if header.count(name) > 1)
        raise InputError(
            f"{path}: line 1: two columns are named {twice!r}; the first line must contain the names "
            "of the columns"
        )
    for number, row in enumerate(rows, 1 if fam else 2):
        if len(row) == len(header) + 1 and '"' in lines[0]:
            raise InputError(
                f"{path}: line {number}: one value more than the header has names, as with R's row "
                "names; write the table with row.names = FALSE"
            )
        if any(row) and len(row) != len(header):
            raise InputError(
                f"{path}: line {number}: {len(row)} values for {len(header)} columns; write NA for "
                "a missing value, and separate columns by tabs if values contain blanks"
            )
    rows = [row for row in rows if any(row)]
    if not rows:
        raise InputError(f"{path}: contains no individuals, only a header")
    return pd.DataFrame(rows, columns=header, dtype=str)


def _column(path: str | os.PathLike, table: pd.DataFrame, role: str, name: str) -> str:
    """The column of a role; if the configuration's default is absent, the column with PLINK's name."""
    if name in table.columns:
        return name
    if name == role and _DEFAULTS.get(role) in table.columns:
        return _DEFAULTS[role]
    if role == "label" and name == "phenotype" and "IID" in table.columns:
        others = [column for column in table.columns if column not in _PLINK2]
        if len(others) == 1:
            logger.info("%s: the phenotype is in column %r", path, others[0])
            return others[0]
    close = get_close_matches(name.lower(), [column.lower() for column in table.columns], 1)
    hint = next((column for column in table.columns if close and column.lower() == close[0]), None)
    if len(table.columns) == 1 and ";" in table.columns[0]:
        raise InputError(
            f"{path}: line 1: columns are separated by semicolons; use tabs, commas or blanks: "
            f"tr ';' '\\t' < {path} > NEW.tsv"
        )
    raise InputError(
        f"{path}: no column {name!r}, which cohort.{role}_column names"
        + (f" (did you mean {hint!r}?)" if hint else "")
        + f". Columns of the table: {', '.join(map(repr, table.columns))} (the first line)"
    )


def read_phenotypes(
    path: str | os.PathLike, sample_column: str, label_column: str, family_column: str | None,
    batch_column: str | None = None,
) -> pd.DataFrame:  # fmt: skip
    """Frame of sample, label (None if missing), family (by default the sample) and, if it has a column,
    batch (empty if missing).

    Raises InputError if a column is absent, and if a sample occurs several times with different labels,
    families or batches; exact repetitions are removed.
    """
    table = read_table(path)
    wanted = {"sample": sample_column, "label": label_column}
    if family_column:
        wanted["family"] = family_column
    if batch_column:
        wanted["batch"] = batch_column
    individuals = pd.DataFrame(
        {role: table[_column(path, table, role, name)].str.strip() for role, name in wanted.items()}
    )
    missing = MISSING
    if _ends(path, ".fam", ".psam"):
        missing = MISSING | {"0"}
        _check_plink_coding(path, individuals["label"])
    # 0 means no family in PLINK's tables, and is the name of a family in others.
    plink = _ends(path, ".fam", ".psam", ".pheno") or {"FID", "IID"} <= set(table.columns)
    no_family = MISSING | {"0"} if plink else MISSING
    individuals["label"] = (
        individuals["label"].map(lambda v: None if v.lower() in missing else v).astype(object)
    )
    individuals["label"] = individuals["label"].where(individuals["label"].notna(), None)
    if not family_column:
        individuals["family"] = individuals["sample"]
    if batch_column:
        individuals["batch"] = individuals["batch"].map(lambda v: "" if v.lower() in MISSING else v)
    alone = individuals["family"].str.lower().isin(no_family)
    individuals.loc[alone, "family"] = individuals.loc[alone, "sample"]
    repeated = int(individuals.duplicated().sum())
    if repeated:
        logger.warning("%s: %d lines repeat an earlier line; they count once", path, repeated)
    individuals = individuals.drop_duplicates()
    twice = individuals.loc[individuals["sample"].duplicated(), "sample"]
    if len(twice):
        lines = (
            table[_column(path, table, "sample", sample_column)].str.strip() == twice.iloc[0]
        ).to_numpy()
        first, second = lines.nonzero()[0][:2]
        raise InputError(
            f"{path}: sample {twice.iloc[0]!r} is listed more than once with different values "
            f"(individuals number {first + 1} and {second + 1} of the table; {len(twice)} such "
            "samples); keep one line for each individual"
        )
    return individuals.reset_index(drop=True)


def _check_plink_coding(path: str | os.PathLike, labels: pd.Series) -> None:
    """Raise InputError for labels 0 and 1 only: PLINK codes controls as 1, cases as 2, unknown as 0."""
    if {label for label in labels if label.lower() not in MISSING} == {"0", "1"}:
        raise InputError(
            f"{path}: the phenotypes are 0 and 1, but PLINK codes controls as 1, cases as 2, and "
            "unknown as 0; recode them, or name another table in cohort.phenotypes"
        )


def looks_continuous(labels: pd.Series) -> bool:
    """Whether labels are numbers with many different values, like a measurement."""
    known = labels.dropna()
    values = set(known)
    numbers = all(_NUMBER.fullmatch(value) for value in values)
    return numbers and len(values) > max(10, len(known) // 20)
