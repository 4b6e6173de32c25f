"""Lists of MD5 checksums, as `md5sum` and its likes write them or as the 1000 Genomes site does.

Read at parse time by the Snakefile, so only the standard library is imported here.
"""

import hashlib
import os
import re
from collections.abc import Iterable

from genodiff.runtime.errors import InputError

# What a list is called in a folder: GENCODE's name, and ours.
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
# Of a name that stands in several folders of the site, only the release's counts.
_TREE_FOLDER = "release/20130502"


def file_md5(path: str | os.PathLike) -> str:
    """MD5 of a file's content, in hexadecimal."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def _entry(line: str) -> tuple[str, str] | None:
    """File name and MD5 of a line; None where it has none, or is of another folder of the site."""
    line = line.rstrip("\r\n")
    columns = line.split("\t")
    if len(columns) >= _TREE_COLUMNS:
        folder, _, name = columns[0].rpartition("/")
        md5 = columns[4].strip().lower()
        counts = columns[1] == "file" and folder.endswith(_TREE_FOLDER)
        return (name, md5) if counts and name and _MD5.fullmatch(md5) else None
    found = next(filter(None, (form.fullmatch(line.strip()) for form in _FORMS)), None)
    name = found["name"].strip().rpartition("/")[2] if found else ""
    return (name, found["md5"].lower()) if name else None


def parse_checksums(lines: Iterable[str], where: str) -> dict[str, str]:
    """File names and their MD5s, from lines of `md5sum`, BSD's `md5`, a table of two columns with a tab
    between them, or the site's current.tree; other lines are passed over. Raises InputError for a name
    that has two; `where` is the list."""
    found: dict[str, str] = {}
    for name, md5 in filter(None, map(_entry, lines)):
        if found.setdefault(name, md5) != md5:
            raise InputError(
                f"{where}: two different MD5s of {name}, {found[name]} and {md5}; keep the right one"
            )
    return found


def read_checksums(path: str | os.PathLike, where: str | None = None) -> dict[str, str]:
    """The same of a file; `where` is where it comes from. Raises InputError where none is in it."""
    where = where or str(path)
    with open(path, encoding="utf-8-sig", errors="replace") as file:
        found = parse_checksums(file, where)
    if not found:
        raise InputError(f"{where}: no MD5 checksums in it, such as `md5sum *` prints; is it the list?")
    return found
