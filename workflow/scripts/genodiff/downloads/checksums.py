"""Lists of MD5 checksums in the formats of `md5sum` and similar programs and of the 1000 Genomes site.

Imported by the Snakefile: standard library only.
"""

import hashlib
import os
import re
from collections.abc import Iterable

from genodiff.runtime.errors import InputError

# File name of a list in the folder of its files: that of GENCODE and of mirrors.
LIST_NAME = "MD5SUMS"
_MD5 = re.compile(r"[0-9a-f]{32}")
_HASH, _NAME = r"(?P<md5>[0-9a-fA-F]{32})", r"(?P<name>[^\t]+)"
_FORMS = (
    # `md5sum`, in text and binary mode; `md5 -r`; with a tab.
    re.compile(rf"{_HASH}(?: [ *]|\s+){_NAME}"),
    # `md5` of BSD, `md5sum --tag`, `openssl md5`.
    re.compile(rf"MD5 ?\({_NAME}\) ?= ?{_HASH}"),
    # A table with names first.
    re.compile(rf"{_NAME}\t{_HASH}"),
)
# Path, "file" or "directory", bytes, date, MD5: the columns of the 1000 Genomes site's current.tree.
_TREE_COLUMNS = 5
# A file name may occur in several folders of the site; only that of the release counts.
_TREE_FOLDER = "release/20130502"


def file_md5(path: str | os.PathLike) -> str:
    """Hexadecimal MD5 of a file's content."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def _entry(line: str) -> tuple[str, str] | None:
    """File name and MD5 of a line; None for a line without them or of another folder of the site."""
    line = line.rstrip("\r\n")
    columns = line.split("\t")
    if len(columns) >= _TREE_COLUMNS:
        folder, _, name = columns[0].rpartition("/")
        md5 = columns[4].strip().lower()
        counts = columns[1] == "file" and folder.endswith(_TREE_FOLDER)
        return (name, md5) if counts and name and _MD5.fullmatch(md5) else None
    match = next(filter(None, (form.fullmatch(line.strip()) for form in _FORMS)), None)
    name = match["name"].strip().rpartition("/")[2] if match else ""
    return (name, match["md5"].lower()) if name else None


def parse_checksums(lines: Iterable[str], where: str) -> dict[str, str]:
    """File names and their MD5s from lines of `md5sum`, BSD's `md5`, a tab-separated table of two
    columns, or the site's current.tree; other lines are ignored. `where` names the list in the
    InputError for a file with two different MD5s."""
    checksums: dict[str, str] = {}
    for name, md5 in filter(None, map(_entry, lines)):
        known = checksums.setdefault(name, md5)
        if known != md5:
            raise InputError(
                f"{where}: two different MD5s of {name}, {known} and {md5}; keep the right one"
            )
    return checksums


def read_checksums(path: str | os.PathLike, where: str | None = None) -> dict[str, str]:
    """Read a list of checksums (see `parse_checksums`); `where` is its origin if it was downloaded.
    Raises InputError if it has no entries."""
    where = where or str(path)
    with open(path, encoding="utf-8-sig", errors="replace") as file:
        checksums = parse_checksums(file, where)
    if not checksums:
        raise InputError(f"{where}: no MD5 checksums in it, such as `md5sum *` prints; is it the list?")
    return checksums
