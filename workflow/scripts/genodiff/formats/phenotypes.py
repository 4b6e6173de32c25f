"""Read tables of phenotypes: text with a header, or PLINK's .fam, .psam and .pheno."""

import csv
import logging
import os
import re
from collections import Counter
from collections.abc import Iterator
from difflib import get_close_matches

import pandas as pd

from genodiff.formats.labels import (
    MISSING,
    is_zero_and_one,
    number,
    same_but_for_spelling,
    unknown_labels,
)
from genodiff.formats.text import open_text, words
from genodiff.runtime.errors import InputError
from genodiff.runtime.logs import logger

_FAM = ["family", "sample", "father", "mother", "sex", "phenotype"]
# Columns of PLINK 2's tables other than phenotypes.
_PLINK2 = {"FID", "IID", "SID", "PAT", "MAT", "SEX"}
# Names of columns in the configuration's defaults and in PLINK 2's tables.
_DEFAULTS = {"sample": "IID", "family": "FID"}
_HEADERS_OF_PLINK2 = ("#FID", "#IID")
_LINE_END = re.compile(r"\r\n|\r|\n")
# Ids that the log names.
_NAMED = 3


def _ends(path: str | os.PathLike, *endings: str) -> bool:
    """Whether the name of a file, without .gz or .zst, ends in one of `endings`."""
    return str(path).removesuffix(".gz").removesuffix(".zst").endswith(endings)


def _rows(path: str | os.PathLike, lines: list[str], first: int) -> Iterator[tuple[int, list[str]]]:
    """Number of the first line, and values, of each row of `lines`, of which number `first` is the
    header: separated by tabs, commas or blanks, as in the header."""
    header = lines[0]
    separator = next((s for s in ("\t", ",") if s in header), None)
    if _ends(path, ".fam") or (separator is None and '"' not in header):
        yield from ((n, words(line)) for n, line in enumerate(lines, first))
        return
    reader = csv.reader(lines, delimiter=separator or " ", skipinitialspace=True, strict=True)
    start = first
    try:
        for row in reader:
            inner = [part for value in row for part in _LINE_END.split(value)[1:]]
            if any(part.count(separator or " ") >= header.count(separator or " ") for part in inner):
                raise InputError(
                    f"{path}: line {start}: a value in quotation marks contains whole lines; remove the "
                    "mark with which it begins, or the line ends in it"
                )
            yield start, [value.strip() for value in row]
            start = first + reader.line_num
    except csv.Error as error:
        raise InputError(f"{path}: line {start}: not a readable table: {error}") from error


def read_table(path: str | os.PathLike) -> pd.DataFrame:
    """A tab-, comma- or blank-separated table with a header line, plain or compressed; values as
    strings. In its `attrs`, `header` is the number of the header line, and its text.

    A `.fam` has no header: its columns are family, sample, father, mother, sex and phenotype. Lines
    before the header that begin with `##`, in a `.psam` with `#`, are ignored. A `#` before the first
    name of a header is removed. Raises InputError for a line with more or fewer values than the header,
    for a repeated column name, and for a table without individuals.
    """
    with open_text(path, "cohort.phenotypes") as file:
        lines = list(file)
    fam, before = _ends(path, ".fam"), 0
    while before < len(lines) and _is_comment(path, lines[before]):
        before += 1
    if len(lines) == before or not lines[before].strip():
        raise InputError(
            f"{path}: line {before + 1}: expected a header line with column names, found none; remove "
            "the lines before it, or add it"
        )
    rows = list(_rows(path, lines[before:], before + 1))
    where = (before + 1, lines[before])
    header = _FAM if fam else [rows[0][1][0].removeprefix("#"), *rows.pop(0)[1][1:]]
    if len(header) == 1 and ";" in where[1].lstrip(";"):
        raise InputError(
            f"{path}: line {where[0]}: columns are separated by semicolons; use tabs, commas or blanks: "
            f"tr ';' '\\t' < {path} > NEW.tsv"
        )
    twice = next((name for name in header if header.count(name) > 1), None)
    if twice is not None:
        _check_header(path, header, *where)
        raise InputError(
            f"{path}: line {where[0]}: two columns are named {twice!r}; the first line must contain the "
            "names of the columns"
        )
    for place, (line, row) in enumerate(rows):
        if any(row) and len(row) != len(header):
            if not place and not fam:
                _check_header(path, header, *where)
            raise _ragged(path, line, row, header, quoted='"' in where[1])
    rows = [row for _, row in rows if any(row)]
    if not rows:
        raise InputError(f"{path}: contains no individuals, only a header")
    table = pd.DataFrame(rows, columns=header, dtype=str)
    table.attrs["header"] = where
    return table


def _is_comment(path: str | os.PathLike, line: str) -> bool:
    """Whether a line before the header is none: in a .psam, the header begins with #FID or #IID."""
    mark = "#" if _ends(path, ".psam") else "##"
    return line.startswith(mark) and not line.startswith(_HEADERS_OF_PLINK2)


def _check_header(path: str | os.PathLike, header: list[str], line: int, text: str) -> None:
    """Raise InputError if the line that should be the header is a comment, or the values of an
    individual."""
    if text.startswith("#") and not text.startswith(_HEADERS_OF_PLINK2):
        raise InputError(
            f"{path}: line {line}: the header is missing: the line is a comment, and the first line "
            "must contain the names of the columns; remove the lines before the header"
        )
    plink = _ends(path, ".psam", ".pheno")
    values = [name for name in header if number(name) is not None or (name and name.lower() in MISSING)]
    if values or (plink and not {"FID", "IID"} & set(header)):
        example = "#IID, SEX and PHENO1" if plink else "sample and phenotype"
        raise InputError(
            f"{path}: line {line}: the header is missing: expected the names of the columns, such as "
            f"{example}, in the first line, found {', '.join(map(repr, header[:6]))}"
        )


def _ragged(
    path: str | os.PathLike, line: int, row: list[str], header: list[str], quoted: bool
) -> InputError:
    """The error of a row that is shorter or longer than the header; `quoted`: the header has quotation
    marks, as R writes it."""
    if len(row) == len(header) + 1 and quoted:
        return InputError(
            f"{path}: line {line}: one value more than the header has names, as with R's row names; "
            "write the table with row.names = FALSE"
        )
    return InputError(
        f"{path}: line {line}: {len(row)} values for {len(header)} columns; write NA for a missing "
        "value, and separate columns by tabs if values contain blanks"
    )


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
    if not _ends(path, ".fam"):
        _check_header(path, list(table.columns), *table.attrs["header"])
    close = get_close_matches(name.lower(), [column.lower() for column in table.columns], 1)
    hint = next((column for column in table.columns if close and column.lower() == close[0]), None)
    raise InputError(
        f"{path}: no column {name!r}, which cohort.{role}_column names"
        + (f" (did you mean {hint!r}?)" if hint else "")
        + f". Columns of the table: {', '.join(map(repr, table.columns))} (the first line, which "
        "must be a header); name one of them there, or rename it in the table"
    )


def read_phenotypes(
    path: str | os.PathLike, sample_column: str, label_column: str, family_column: str | None,
    batch_column: str | None = None,
) -> pd.DataFrame:  # fmt: skip
    """Frame of sample, label (None if missing), family (by default the sample) and, if it has a column,
    batch (empty if missing). Its `attrs` have the `columns` of the table by these roles.

    Raises InputError if a column is absent, and if a sample occurs several times with different labels,
    families or batches; exact repetitions are removed.
    """
    table = read_table(path)
    wanted = {"sample": sample_column, "label": label_column}
    if family_column:
        wanted["family"] = family_column
    if batch_column:
        wanted["batch"] = batch_column
    columns = {role: _column(path, table, role, name) for role, name in wanted.items()}
    individuals = pd.DataFrame({role: table[name].str.strip() for role, name in columns.items()})
    own = _ends(path, ".fam", ".psam")
    # 0 means no family in PLINK's tables, and is the name of a family in others.
    plink = own or _ends(path, ".pheno") or {"FID", "IID"} <= set(table.columns)
    plink |= table.attrs["header"][1].startswith(_HEADERS_OF_PLINK2)
    if plink:
        _check_plink_coding(path, individuals["label"], own)
    unknown = unknown_labels(individuals["label"], plink, own)
    _log_unknown(path, individuals, unknown)
    individuals["label"] = pd.Series(
        [None if label in unknown else label for label in individuals["label"]], dtype=object
    )
    if not family_column:
        individuals["family"] = individuals["sample"]
    if batch_column:
        individuals["batch"] = individuals["batch"].map(lambda v: "" if v.lower() in MISSING else v)
        alike = same_but_for_spelling(sorted(set(individuals["batch"])))
        if alike:
            logger.warning("%s: batches %r and %r %s; they count as two", path, *alike)
    alone = individuals["family"].str.lower().isin(MISSING | {"0"} if plink else MISSING)
    individuals.loc[alone, "family"] = individuals.loc[alone, "sample"]
    repeated = int(individuals.duplicated().sum())
    if repeated:
        logger.warning("%s: %d lines repeat an earlier line; they count once", path, repeated)
    different = individuals.drop_duplicates()
    twice = different.loc[different["sample"].duplicated(), "sample"]
    if len(twice):
        first, second = (individuals["sample"] == twice.iloc[0]).to_numpy().nonzero()[0][:2]
        raise InputError(
            f"{path}: sample {twice.iloc[0]!r} is listed more than once with different values "
            f"(individuals number {first + 1} and {second + 1} of the table; {len(twice)} such "
            "samples); keep one line for each individual"
        )
    different = different.reset_index(drop=True)
    different.attrs["columns"] = columns
    return different


def _log_unknown(path: str | os.PathLike, individuals: pd.DataFrame, unknown: set[str]) -> None:
    """Log how many individuals have no label and how that is written; a warning, with the first few ids,
    where it is written otherwise than as NA or an empty value, which can mean nothing else."""
    without = individuals[individuals["label"].isin(unknown)].drop_duplicates(["sample", "label"])
    codes = Counter(without["label"])
    if codes:
        odd = set(codes) - {"", "NA"}
        named = ", ".join(map(repr, without["sample"].iloc[:_NAMED]))
        logger.log(
            logging.WARNING if odd else logging.INFO,
            "%s: %d individuals have no phenotype (%s)%s: they are unlabelled",
            path, len(without), ", ".join(f"{code or 'empty'}: {n}" for code, n in codes.most_common()),
            f", for example {named}" if odd else "",
        )  # fmt: skip


def _check_plink_coding(path: str | os.PathLike, labels: pd.Series, own: bool) -> None:
    """Labels 0 and 1 only, where PLINK codes controls as 1, cases as 2 and unknown as 0: raise
    InputError for a .fam or .psam, and warn for another table (`own` is False)."""
    if not is_zero_and_one(labels):
        return
    if own:
        raise InputError(
            f"{path}: the phenotypes are 0 and 1, but PLINK codes controls as 1, cases as 2, and "
            "unknown as 0; recode them, or name another table in cohort.phenotypes"
        )
    logger.warning(
        "%s: the phenotypes are 0 and 1, taken as two classes; PLINK codes controls as 1, cases as 2, "
        "and unknown as 0", path,
    )  # fmt: skip
