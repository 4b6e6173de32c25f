"""Read the index of a bgzipped file: contigs, numbers of records and their offsets.

Layouts: the TBI and CSI specifications of hts-specs. The Snakefile imports this module at parse time, so
it imports only the standard library.
"""

import gzip
import os
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from genodiff.genotypes.readers.bgzf import END_MARKER, block_size
from genodiff.runtime.errors import InputError

# The tabix header (format, columns, meta, skip, l_nm), before the contig names.
_TABIX_HEADER = 28
# Most end markers of a file: one, or several after a concatenation of files.
_MOST_MARKERS = 64


@dataclass(frozen=True)
class IndexedContig:
    """One contig of an index; offsets are virtual: (offset of the block << 16) + offset in the block."""

    name: str | None  # None in the index of a BCF, which numbers the contigs of its header
    records: int | None  # None if the index has no counts
    begin: int | None  # None without records
    end: int | None
    last: int = 0  # 1-based start of the last interval with records


def index_file(path: str | os.PathLike) -> Path | None:
    """The .csi or .tbi index of a genotype file, or None; htslib prefers the .csi."""
    return next((p for p in (Path(f"{path}.csi"), Path(f"{path}.tbi")) if p.is_file()), None)


def reindex(path: str | os.PathLike) -> str:
    """The command that replaces the index of a genotype file."""
    csi = Path(f"{path}.csi").is_file()
    return f"bcftools index -f {path}" if csi else f"tabix -f -p vcf {path}"


def read_index(path: str | os.PathLike) -> list[IndexedContig]:
    """The contigs of the index of `path`.

    Raises InputError if there is no index, it is unreadable, or it belongs to another file.
    """
    index = index_file(path)
    if index is None:
        raise InputError(
            f"{path}: no index ({path}.tbi or {path}.csi). Make one with: tabix -p vcf {path} "
            f"(a BCF: bcftools index {path})"
        )
    try:
        contigs = _parse(gzip.decompress(index.read_bytes()))
    except (OSError, EOFError, struct.error, zlib.error, ValueError, IndexError) as error:
        raise InputError(f"{index}: unreadable index ({error}); recreate it: {reindex(path)}") from error
    _check_end(path, index, contigs)
    return contigs


def _check_end(path: str | os.PathLike, index: Path, contigs: list[IndexedContig]) -> None:
    """Raise InputError unless only end markers follow the last record of the index."""
    last = max((contig.end for contig in contigs if contig.end is not None), default=None)
    if last is None:
        return
    block, offset = last >> 16, last & 0xFFFF
    size, data = block_size(path, block)
    end = block + size
    # If the last record fills its block, an index refers to the next block, the end marker.
    markers, rest = divmod(os.path.getsize(path) - end, len(END_MARKER))
    whole = not rest and 0 <= markers <= _MOST_MARKERS
    if whole:
        with open(path, "rb") as file:
            file.seek(end)
            whole = file.read() == END_MARKER * markers
    if offset != data or not whole:
        raise InputError(
            f"{index}: this index belongs to another file, or {path} was changed after it; "
            f"recreate it: {reindex(path)}"
        )


class _Bins(NamedTuple):
    """How an index numbers its bins, each of which is an interval of a contig."""

    header: int  # bytes before the chunks of a bin
    shift: int  # bits of a position in a smallest bin
    depth: int  # of the smallest bins, below the whole contig

    @property
    def smallest(self) -> int:
        """Number of the first of the smallest bins."""
        return ((1 << 3 * self.depth) - 1) // 7

    @property
    def counts(self) -> int:
        """Number of the bin that contains counts instead of an interval."""
        return ((1 << 3 * (self.depth + 1)) - 1) // 7 + 1


def _parse(content: bytes) -> list[IndexedContig]:
    if content[:4] == b"TBI\1":
        contigs = struct.unpack_from("<i", content, 4)[0]
        at = 8 + _TABIX_HEADER + struct.unpack_from("<i", content, 8 + _TABIX_HEADER - 4)[0]
        names, bins = content[8 + _TABIX_HEADER : at], _Bins(8, 14, 5)
    elif content[:4] == b"CSI\1":
        shift, depth, auxiliary = struct.unpack_from("<iii", content, 4)
        at = 16 + auxiliary
        contigs, names = struct.unpack_from("<i", content, at)[0], content[16 + _TABIX_HEADER : at]
        at, bins = at + 4, _Bins(16, shift, depth)
    else:
        raise ValueError("neither TBI nor CSI")
    named = [name.decode() for name in names.split(b"\0") if name] or [None] * contigs
    parsed = []
    for name in named:
        contig, at = _parse_contig(content, at, name, bins)
        if bins.header == 8:
            at += 4 + 8 * struct.unpack_from("<i", content, at)[0]  # the TBI's linear index
        parsed.append(contig)
    return parsed


def _parse_contig(content: bytes, at: int, name: str | None, layout: _Bins) -> tuple[IndexedContig, int]:
    """A contig and the offset after its bins."""
    records, offsets, last, bins = None, [], 0, struct.unpack_from("<i", content, at)[0]
    at += 4
    for _ in range(bins):
        number = struct.unpack_from("<I", content, at)[0]
        chunks = struct.unpack_from("<i", content, at + layout.header - 4)[0]
        at += layout.header
        if number == layout.counts:
            # Two chunks: offsets of the contig's records, then their number.
            records = struct.unpack_from("<Q", content, at + 16)[0]
        elif chunks:
            offsets += struct.unpack_from(f"<{2 * chunks}Q", content, at)
            last = max(last, ((number - layout.smallest) << layout.shift) + 1)
        at += 16 * chunks
    begin, end = (min(offsets), max(offsets)) if offsets else (None, None)
    return IndexedContig(name, records, begin, end, last), at


def first_contig(contigs: list[IndexedContig]) -> int | None:
    """Number of the contig of the first record in the file; None without records."""
    offsets = [(contig.begin, i) for i, contig in enumerate(contigs) if contig.begin is not None]
    return min(offsets)[1] if offsets else None
