"""Check that files are compressed with bgzip and complete.

Layout: the BGZF section of the SAM specification. The Snakefile imports this module at parse time, so it
imports only the standard library.
"""

import os
import struct
from pathlib import Path

from genodiff.runtime.errors import InputError

_GZIP = b"\x1f\x8b"
# First bytes of every block of a bgzipped file: gzip with an extra field.
_BLOCK = b"\x1f\x8b\x08\x04"
_BLOCK_HEADER = 18
# The empty block at the end of a complete file.
END_MARKER = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")


def check_bgzip(path: str | os.PathLike) -> None:
    """Raise InputError, with the kind of the file, if `path` is not a complete bgzipped file."""
    path = Path(path)
    if not path.is_file():
        raise InputError(f"{path}: no such file (cohort.vcf)")
    size = path.stat().st_size
    if not size:
        raise InputError(f"{path}: the file is empty (0 bytes); obtain it again")
    with open(path, "rb") as file:
        start = file.read(4)
        if not start.startswith(_GZIP):
            kind = (
                "plain text" if start.lstrip(b"\xef\xbb\xbf").startswith(b"#") else "neither VCF nor BCF"
            )
            raise InputError(
                f"{path}: not compressed with bgzip ({kind}); compress a VCF with: bgzip FILE, then "
                "index it with: tabix -p vcf FILE.gz"
            )
        if start != _BLOCK:
            raise InputError(
                f"{path}: compressed with gzip, not bgzip; recompress it: "
                f"gzip -dc {path} | bgzip > NEW.vcf.gz && tabix -p vcf NEW.vcf.gz"
            )
        file.seek(max(0, size - len(END_MARKER)))
        if file.read() != END_MARKER:
            raise InputError(
                f"{path}: truncated: the BGZF EOF marker, which ends every complete file, is missing; "
                "copy or download the file again"
            )


def block_size(path: str | os.PathLike, at: int) -> tuple[int, int]:
    """Compressed and uncompressed bytes of the block at offset `at`; zeros if no block starts there."""
    with open(path, "rb") as file:
        file.seek(at)
        header = file.read(_BLOCK_HEADER)
        if len(header) < _BLOCK_HEADER or header[:4] != _BLOCK or header[12:14] != b"BC":
            return 0, 0
        size = struct.unpack_from("<H", header, 16)[0] + 1
        file.seek(at + size - 4)
        last = file.read(4)
    return size, struct.unpack("<I", last)[0] if len(last) == 4 else 0
