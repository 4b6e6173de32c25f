"""Lists of MD5 checksums, as `md5sum` writes them or as the 1000 Genomes site publishes them.

Read at parse time by the Snakefile, so only the standard library is imported here.
"""

import hashlib
import os
import re
from collections.abc import Iterable

from genodiff.errors import InputError

# What a list is called in a folder: GENCODE's name, and ours.
LIST_NAME = "MD5SUMS"
_MD5 = re.compile(r"[0-9a-f]{32}")
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
    columns = line.rstrip("\r\n").split("\t")
    if len(columns) >= _TREE_COLUMNS:
        folder, _, name = columns[0].rpartition("/")
        if columns[1] != "file" or not folder.endswith(_TREE_FOLDER):
            return None
        md5 = columns[4]
    else:
        md5, _, name = line.strip().partition(" ")
        name = name.strip().removeprefix("*").rpartition("/")[2]
    md5 = md5.strip().lower()
    return (name, md5) if name and _MD5.fullmatch(md5) else None


def parse_checksums(lines: Iterable[str], where: str) -> dict[str, str]:
    """File names and their MD5s, from lines of `md5sum` or of the site's current.tree; other lines are
    passed over. Raises InputError for a name that has two; `where` is the list."""
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
    with open(path, encoding="utf-8", errors="replace") as file:
        found = parse_checksums(file, where)
    if not found:
        raise InputError(f"{where}: no MD5 checksums in it, such as `md5sum *` prints; is it the list?")
    return found
