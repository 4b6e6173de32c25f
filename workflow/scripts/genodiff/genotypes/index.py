"""What the tabix index beside a genotype file says: its contigs, and how many records each has.

Layouts: the TBI and CSI specifications of hts-specs. Read at parse time by the Snakefile, so only the
standard library is imported here.
"""

import gzip
import struct
import zlib
from pathlib import Path

from genodiff.errors import InputError

# The tabix header (format, columns, meta, skip, l_nm), before the contig names.
_TABIX_HEADER = 28
# First bytes of a file that bgzip wrote.
_BGZF = b"\x1f\x8b\x08\x04"
# Bin that holds counts instead of a region, in a TBI.
_TBI_COUNTS = 37450


def index_file(path: str) -> Path | None:
    """The .tbi or .csi index beside a genotype file, or None."""
    return next((p for p in (Path(f"{path}.tbi"), Path(f"{path}.csi")) if p.is_file()), None)


def read_index(path: str) -> list[tuple[str | None, int | None]]:
    """Name and number of records of each contig in the index beside `path`.

    The name is None in the index of a BCF, whose contigs are those of its header, in order; the
    number is None where the index holds no counts. Raises InputError when there is no index or it
    cannot be read.
    """
    if not Path(path).is_file():
        raise InputError(f"{path}: no such file (cohort.vcf)")
    with open(path, "rb") as file:
        if file.read(4) != _BGZF:
            raise InputError(f"{path}: not compressed with bgzip; run bgzip, then tabix -p vcf, on it")
    index = index_file(path)
    if index is None:
        raise InputError(
            f"{path}: no index beside it ({path}.tbi or {path}.csi). Make one with: tabix -p vcf {path}"
        )
    try:
        return _parse(gzip.decompress(index.read_bytes()))
    except (OSError, EOFError, struct.error, zlib.error, ValueError, IndexError) as error:
        raise InputError(f"{index}: unreadable index ({error}); make it anew") from error


def _parse(content: bytes) -> list[tuple[str | None, int | None]]:
    if content[:4] == b"TBI\1":
        contigs = struct.unpack_from("<i", content, 4)[0]
        at = 8 + _TABIX_HEADER + struct.unpack_from("<i", content, 8 + _TABIX_HEADER - 4)[0]
        names, bin_header, counts_bin = content[8 + _TABIX_HEADER : at], 8, _TBI_COUNTS
    elif content[:4] == b"CSI\1":
        depth, auxiliary = struct.unpack_from("<ii", content, 8)
        at = 16 + auxiliary
        contigs, names = struct.unpack_from("<i", content, at)[0], content[16 + _TABIX_HEADER : at]
        at, bin_header, counts_bin = at + 4, 16, ((1 << 3 * (depth + 1)) - 1) // 7 + 1
    else:
        raise ValueError("neither TBI nor CSI")
    named = [name.decode() for name in names.split(b"\0") if name] or [None] * contigs
    found = []
    for name in named:
        records, bins = None, struct.unpack_from("<i", content, at)[0]
        at += 4
        for _ in range(bins):
            number = struct.unpack_from("<I", content, at)[0]
            chunks = struct.unpack_from("<i", content, at + bin_header - 4)[0]
            if number == counts_bin:
                # Two chunks: where the contig's records lie, then how many there are.
                records = struct.unpack_from("<Q", content, at + bin_header + 16)[0]
            at += bin_header + 16 * chunks
        if bin_header == 8:
            at += 4 + 8 * struct.unpack_from("<i", content, at)[0]  # the TBI's linear index
        found.append((name, records))
    return found


def indexed_contigs(path: str) -> list[str]:
    """Contigs that the index of a bgzipped VCF names; raises InputError where it names none (BCF)."""
    names = [name for name, _ in read_index(path)]
    if not names or None in names:
        raise InputError(f"{index_file(path)}: names no contigs; list them under cohort.chromosomes")
    return names


def indexed_records(path: str, contig: str, header: list[str]) -> int | None:
    """Records of a contig by the index; None where it does not say. `header`: the contigs of the
    file's header, for a BCF."""
    counts = {
        name if name is not None else header[number]: records
        for number, (name, records) in enumerate(read_index(path))
        if name is not None or number < len(header)
    }
    return counts.get(contig, 0)
