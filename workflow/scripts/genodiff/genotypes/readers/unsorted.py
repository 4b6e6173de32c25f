"""Why a VCF has no index: whether tabix would refuse it because its records are not sorted."""

import gzip
import os
import zlib

# Uncompressed bytes that are looked at: this runs only when the index is missing.
_LOOK_AT = 256 * 2**20


def unsorted_place(path: str | os.PathLike) -> str | None:
    """Where the first record stands that comes too late, with its line; None where none was found."""
    last, finished, read = (b"", 0), set(), 0
    try:
        with gzip.open(path, "rb") as file:
            for number, line in enumerate(file, 1):
                read += len(line)
                if read > _LOOK_AT or not line.strip():
                    break
                if line.startswith(b"#"):
                    continue
                contig, position = line.split(b"\t", 2)[:2]
                if contig != last[0]:
                    if contig in finished:
                        return f"line {number}: {contig.decode()} comes again after other chromosomes"
                    finished.add(last[0])
                elif int(position) < last[1]:
                    place = f"{contig.decode()}:{int(position)}"
                    return f"line {number}: {place} comes after position {last[1]}"
                last = (contig, int(position))
    except (OSError, EOFError, zlib.error, ValueError, UnicodeDecodeError):
        return None
    return None
