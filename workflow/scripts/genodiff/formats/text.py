"""Open text files of users: UTF-8, plain or compressed; an error says what a file is instead.

The Snakefile imports this module at parse time, so it imports only the standard library, and pyarrow
for a file compressed with zstd.
"""

import gzip
import io
import os
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, NamedTuple, TextIO

from genodiff.runtime.errors import InputError

_GZIP, _ZSTD, _ZIP = b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"PK\x03\x04"
_HEAD = 8192
_ARCHIVE = "a zip archive"
_WORD = re.compile(r"[^ \t\r\n]+")
_EXPORT = "save its sheet as text (tab-separated, or CSV UTF-8)"
_TEXT = "use the file as text"
# First bytes of other files, what these are, and the remedy.
_SIGNATURES = (
    (b"\xd0\xcf\x11\xe0", "an Excel workbook (.xls, or an .xlsx with a password)", _EXPORT),
    (b"<?xml", "XML, perhaps a spreadsheet", _EXPORT),
    (b"<!doctype", "HTML, perhaps a web page or a spreadsheet", _EXPORT),
    (b"<html", "HTML, perhaps a web page or a spreadsheet", _EXPORT),
    (b"{\\rtf", "a document (.rtf)", "save it as plain text"),
    (b"%pdf", "a PDF", _TEXT),
    (b"par1", "a Parquet file", "write it as tab-separated text"),
    (b"bzh", "compressed with bzip2", "decompress it: bunzip2"),
    (b"\xfd7zxz\0", "compressed with xz", "decompress it: unxz"),
    (b"rdx", "an R data file", "write it with write.table"),
)  # fmt: skip
_BYTE_ORDER_MARKS = (
    (b"\xff\xfe\0\0", "UTF-32"), (b"\0\0\xfe\xff", "UTF-32"), (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
)  # fmt: skip


class _Other(NamedTuple):
    """What a file is if it is no UTF-8 text, and the remedy."""

    kind: str
    remedy: str


@contextmanager
def open_text(path: str | os.PathLike, key: str | None = None) -> Iterator[TextIO]:
    """Open a text file, plain or compressed with gzip or zstd whatever its name, without its byte-order
    mark. Its lines end at \\n, \\r\\n or \\r, and keep their ends.

    `key`: the setting that names the file, for messages. Raises InputError if the file does not exist
    (only with `key`), is no UTF-8 text, or is damaged; also while its lines are read.
    """
    try:
        with _open_bytes(path) as file:
            other = _other_kind(path, file.peek(_HEAD)[:_HEAD])
            if other:
                raise InputError(f"{path}: not a text file in UTF-8 but {other.kind}; {other.remedy}")
            with io.TextIOWrapper(file, encoding="utf-8-sig", newline="") as text:
                yield text
    except FileNotFoundError as error:
        if key is None:
            raise
        raise InputError(f"{path}: no such file ({key})") from error
    except UnicodeDecodeError as error:
        line, byte = _first_undecodable(path)
        raise InputError(
            f"{path}: line {line}: not a text file in UTF-8: byte 0x{byte:02x}, as in Latin-1 or "
            f"Windows-1252; {_remedy('WINDOWS-1252', path)}"
        ) from error
    except (EOFError, zlib.error, OSError) as error:
        if getattr(error, "errno", None) is not None:
            raise
        raise InputError(f"{path}: truncated or damaged gzip ({error}); get it anew") from error


def words(line: str) -> list[str]:
    """Parts of a line that blanks or tabs separate; no other character separates them."""
    return _WORD.findall(line)


@contextmanager
def _open_bytes(path: str | os.PathLike) -> Iterator[BinaryIO]:
    with open(path, "rb") as file:
        start = file.peek(4)
        if start.startswith(_GZIP):
            with gzip.open(file) as unpacked:
                yield unpacked
        elif start.startswith(_ZSTD):
            import pyarrow as pa

            with pa.input_stream(str(path), compression="zstd") as unpacked:
                yield io.BufferedReader(unpacked)
        else:
            yield file


def _remedy(encoding: str, path: str | os.PathLike) -> str:
    name = str(path)
    unpack = {".gz": "gunzip -c", ".zst": "zstd -dc"}.get(os.path.splitext(name)[1])
    convert = f"iconv -f {encoding} -t UTF-8"
    command = f"{unpack} {name} | {convert}" if unpack else f"{convert} {name}"
    return f"save it as UTF-8 (in a spreadsheet: CSV UTF-8), or convert it: {command} > NEW"


def _other_kind(path: str | os.PathLike, head: bytes) -> _Other | None:
    """What a file with these first bytes is, if it cannot be UTF-8 text."""
    for mark, encoding in _BYTE_ORDER_MARKS:
        if head.startswith(mark):
            return _Other(f"in {encoding}", _remedy(encoding, path))
    if head.startswith(_ZIP):
        kind = _archive(path)
        return _Other(kind, "unpack it: unzip" if kind == _ARCHIVE else _EXPORT)
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    for signature, kind, remedy in _SIGNATURES:
        if start.startswith(signature):
            return _Other(kind, remedy)
    if b"\0" not in head:
        return None
    # In UTF-16 every second byte of a separator, a digit or a Latin letter is zero.
    for first, encoding in ((1, "UTF-16LE"), (0, "UTF-16BE")):
        if head[first::2].count(0) > len(head) / 8 > head[1 - first :: 2].count(0):
            return _Other(f"in {encoding} (without a byte-order mark)", _remedy(encoding, path))
    line = len(re.findall(rb"\r\n|\r|\n", head[: head.index(b"\0")])) + 1
    return _Other(f"binary: line {line} has a zero byte", _TEXT)


def _archive(path: str | os.PathLike) -> str:
    """What a zip archive is."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            kind = archive.read("mimetype") if "mimetype" in names else b""
    except (zipfile.BadZipFile, OSError):
        return "a damaged zip archive or spreadsheet"
    if any(name.startswith("xl/") for name in names):
        return "an Excel workbook (.xlsx)"
    if b"opendocument.spreadsheet" in kind:
        return "an OpenDocument spreadsheet (.ods)"
    return _ARCHIVE


def _first_undecodable(path: str | os.PathLike) -> tuple[int, int]:
    """Line and value of the first byte that is not UTF-8."""
    with (
        _open_bytes(path) as file,
        io.TextIOWrapper(file, "utf-8-sig", "surrogateescape", newline="") as text,
    ):
        for number, line in enumerate(text, 1):
            for character in line:
                if "\udc80" <= character <= "\udcff":
                    return number, ord(character) - 0xDC00
    raise ValueError(f"{path}: is UTF-8 now")
