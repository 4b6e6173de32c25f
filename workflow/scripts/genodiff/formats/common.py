"""Functions for all formats: atomic writing of files, and the check of a format's version.

The Snakefile imports this module at parse time, so pyarrow is imported where it is needed.
"""

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa


@contextmanager
def whole_file(path: str | os.PathLike) -> Iterator[str]:
    """Yield a temporary path beside `path`, which is renamed to `path` if the block ends without
    error."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield str(temporary)
        # Some libraries write files that only their owner can read.
        mask = os.umask(0)
        os.umask(mask)
        temporary.chmod(0o666 & ~mask)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: str | os.PathLike, text: str) -> None:
    """Write a UTF-8 text file, whole or not at all."""
    with whole_file(path) as temporary:
        Path(temporary).write_text(text, encoding="utf-8")


def read_samples(path: str | os.PathLike, schema_of: Callable[[list[str]], "pa.Schema"]) -> list[str]:
    """The individuals in the `samples` metadata (a JSON list) of a Parquet file.

    Raises ValueError if the schema of the file is not `schema_of(samples)`.
    """
    import pyarrow.parquet as pq

    found = pq.read_schema(path)
    samples = json.loads((found.metadata or {}).get(b"samples", "[]"))
    expected = schema_of(samples)
    if not same_format(found, expected):
        raise ValueError(f"{path}: not a file of format {expected.metadata[b'format'].decode()}")
    return samples


def same_format(found: "pa.Schema", expected: "pa.Schema") -> bool:
    """Whether a file's schema, and name and version of the format in its metadata, are as expected;
    pyarrow does not compare metadata by default."""
    name = (found.metadata or {}).get(b"format")
    return name == expected.metadata[b"format"] and found.equals(expected)


def file_hash(path: str | os.PathLike) -> str:
    """SHA-256 of a file's content."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
