"""Find the line of a VCF that htslib or tabix rejects, by a slow look at its text.

Runs only after a failure, so that the message names line, position and sample.
"""

import gzip
import os
import re
import zlib

# A genotype: one or several alleles, each a number or a dot.
_GENOTYPE = re.compile(rb"[|/]?(\d+|\.)([/|](\d+|\.))*")
_FIXED_COLUMNS = 9
# Uncompressed bytes in which `unsorted_record` looks.
_LOOK_AT = 256 * 2**20


def first_invalid_line(path: str | os.PathLike, contig: str, samples: list[str]) -> str | None:
    """Line and fault of the first record of a contig with a wrong number of columns or an invalid call;
    None if there is none (a BCF, or another cause)."""
    wanted, number = contig.encode(), 0
    try:
        with gzip.open(path, "rb") as file:
            records = False
            for number, line in enumerate(file, 1):
                if records and line.startswith(b"#"):
                    return (
                        f"line {number}: a header in the middle of the file, as in files joined "
                        "with cat; use bcftools concat"
                    )
                records = records or not line.startswith(b"#")
                if not line.startswith(wanted + b"\t"):
                    if not line.startswith(b"#") and b"\t" not in line and line.strip():
                        return f"line {number}: not tab-separated columns"
                    continue
                problem = _record_problem(line.rstrip(b"\r\n").split(b"\t"), samples)
                if problem:
                    return f"line {number}{problem}"
    except (EOFError, zlib.error, OSError) as error:
        return f"truncated or damaged after line {number}: {error}"
    return None


def _record_problem(columns: list[bytes], samples: list[str]) -> str | None:
    locus = b":".join(columns[:2]).decode(errors="replace")
    expected = _FIXED_COLUMNS + len(samples)
    if len(columns) != expected:
        return (
            f", {locus}: {len(columns)} columns, where the header has {expected}; the line was "
            "truncated or edited: obtain the file again"
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
            return f", {locus}: the call {text!r} of sample {sample!r} is not a genotype"
    return None


def unsorted_record(path: str | os.PathLike) -> str | None:
    """Line and locus of the first record that is not sorted, or None."""
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
                        return f"line {number}: {contig.decode()} occurs again after other chromosomes"
                    finished.add(last[0])
                elif int(position) < last[1]:
                    locus = f"{contig.decode()}:{int(position)}"
                    return f"line {number}: {locus} comes after position {last[1]}"
                last = (contig, int(position))
    except (OSError, EOFError, zlib.error, ValueError, UnicodeDecodeError):
        return None
    return None
