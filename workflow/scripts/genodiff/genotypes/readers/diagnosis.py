"""What is wrong with a VCF that htslib refuses: a slow, obvious look at its text.

Runs only after a failure, so that the message can name line, position and sample.
"""

import gzip
import os
import re
import zlib

# A genotype: alleles as numbers or dots, one or several.
_GENOTYPE = re.compile(rb"[|/]?(\d+|\.)([/|](\d+|\.))*")
_FIXED_COLUMNS = 9
# Uncompressed bytes in which `unsorted_place` looks for an unsorted record.
_LOOK_AT = 256 * 2**20


def what_is_wrong(path: str | os.PathLike, contig: str, samples: list[str]) -> str | None:
    """The first record of a contig with too few columns or a call that is no genotype; None where
    nothing was found (a BCF, or another cause)."""
    wanted, number = contig.encode(), 0
    try:
        with gzip.open(path, "rb") as file:
            records = False
            for number, line in enumerate(file, 1):
                if records and line.startswith(b"#"):
                    return (
                        f"line {number}: a header in the middle of the file, as of files that were put "
                        "together with cat; use bcftools concat"
                    )
                records = records or not line.startswith(b"#")
                if not line.startswith(wanted + b"\t"):
                    if not line.startswith(b"#") and b"\t" not in line and line.strip():
                        return f"line {number}: not tab-separated columns"
                    continue
                found = _record_problem(line.rstrip(b"\r\n").split(b"\t"), samples)
                if found:
                    return f"line {number}{found}"
    except (EOFError, zlib.error, OSError) as error:
        return f"truncated or damaged after line {number}: {error}"
    return None


def _record_problem(columns: list[bytes], samples: list[str]) -> str | None:
    place = b":".join(columns[:2]).decode(errors="replace")
    expected = _FIXED_COLUMNS + len(samples)
    if len(columns) != expected:
        return (
            f", {place}: {len(columns)} columns, where the header has {expected}; the line was cut or "
            "edited: get the file anew"
        )
    if not columns[1].isdigit():
        return f": position {columns[1].decode(errors='replace')!r} is not a number"
    keys = columns[8].split(b":")
    if b"GT" not in keys:
        return None
    at = keys.index(b"GT")
    for sample, column in zip(samples, columns[_FIXED_COLUMNS:], strict=True):
        values = column.split(b":")
        call = values[at] if at < len(values) else b"."
        if not _GENOTYPE.fullmatch(call):
            text = call[:20].decode(errors="replace")
            return f", {place}: the call {text!r} of sample {sample!r} is no genotype"
    return None


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
