"""Find the line of a VCF that htslib or tabix rejects, by a slow look at its text.

Runs only after a failure, so that the message names line, position and sample. The Snakefile imports
this module at parse time, so it imports only the standard library.
"""

import gzip
import os
import re
import struct
import zlib
from collections.abc import Iterator
from itertools import count

from genodiff.genotypes.readers.vcf_header import BCF_MAGIC

# A genotype: one or several alleles, each a number or a dot.
_GENOTYPE = re.compile(rb"(\d+|\.)([/|](\d+|\.))*")
_FIXED_COLUMNS = 9
_LARGEST_POSITION = 2**31 - 1
# Uncompressed bytes in which `unindexable_record` looks.
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
                    if not line.startswith(b"#") and b"\t" not in line:
                        return f"line {number}: {_locus_problem([line])}"
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
    problem = _locus_problem(columns)
    if problem:
        return f": {problem}"
    keys = columns[8].split(b":")
    if b"GT" not in keys:
        return None
    at = keys.index(b"GT")
    for sample, column in zip(samples, columns[_FIXED_COLUMNS:], strict=True):
        values = column.split(b":")
        call = values[at] if at < len(values) else b"."
        if not _GENOTYPE.fullmatch(call):
            place = f", {locus}: the call {call[:20].decode(errors='replace')!r} of sample {sample!r}"
            if _GENOTYPE.fullmatch(call[1:]) and call[:1] in (b"/", b"|"):
                return (
                    f"{place} begins with its phase, which VCF 4.4 allows and the reader of text VCF "
                    "does not know; make a BCF, with bcftools 1.22 or newer: bcftools view -Ob -o "
                    "NEW.bcf FILE && bcftools index NEW.bcf"
                )
            return f"{place} is not a genotype"
    return None


def unindexable_record(path: str | os.PathLike) -> str | None:
    """Why a VCF or BCF cannot have an index, and the remedy: line (of a BCF: number) of the first record
    that is not sorted or, in a VCF, lacks a chromosome or position; None without one."""
    last, finished, unsorted = ("", 0), set(), None
    try:
        for place, contig, position in _loci(path):
            if contig != last[0]:
                if contig in finished:
                    unsorted = f"{place}: {contig} occurs again after other chromosomes"
                finished.add(last[0])
            elif position < last[1]:
                unsorted = f"{place}: {contig}:{position} comes after position {last[1]}"
            if unsorted:
                return (
                    f"not sorted ({unsorted}), so it cannot have an index; sort and index it: "
                    f"bcftools sort -Oz -o NEW.vcf.gz {path} && tabix -p vcf NEW.vcf.gz"
                )
            last = (contig, position)
    except ValueError as error:
        return (
            f"{error}, so it cannot have an index; correct or remove the line, compress the file with "
            "bgzip, and index it: tabix -p vcf FILE"
        )
    except (OSError, EOFError, zlib.error, struct.error) as error:
        return f"truncated or damaged after {last[0]}:{last[1]} ({error}); obtain it again"
    return None


def _loci(path: str | os.PathLike) -> Iterator[tuple[str, str, int]]:
    """Yield place in the file, chromosome and position of the records in the first bytes of a file;
    raises ValueError with the line of a record without these."""
    with gzip.open(path, "rb") as file:
        if file.read(len(BCF_MAGIC)) == BCF_MAGIC:
            yield from _bcf_loci(file)
            return
        file.seek(0)
        for number, line in enumerate(file, 1):
            if file.tell() > _LOOK_AT:
                return
            if line.startswith(b"#"):
                continue
            columns = line.rstrip(b"\r\n").split(b"\t", 2)
            problem = _locus_problem(columns)
            if problem:
                raise ValueError(f"line {number}: {problem}")
            yield f"line {number}", columns[0].decode(errors="replace"), int(columns[1])


def _bcf_loci(file: gzip.GzipFile) -> Iterator[tuple[str, str, int]]:
    """As `_loci`, after the magic number of a BCF; chromosomes by their numbers in the header."""
    file.seek(5)
    file.seek(struct.unpack("<I", file.read(4))[0], os.SEEK_CUR)
    for number in count(1):
        start = file.read(16)
        if not start or file.tell() > _LOOK_AT:
            return
        shared, individual, contig, position = struct.unpack("<IIii", start)
        yield f"record {number}", f"contig number {contig}", position + 1
        file.seek(shared + individual - 8, os.SEEK_CUR)


def _locus_problem(columns: list[bytes]) -> str | None:
    """The fault in the first two columns of a record."""
    if len(columns) < 2:
        return "not tab-separated columns" if columns[0].strip() else "a line without a record"
    position = columns[1].decode(errors="replace")
    if not columns[0].strip():
        return "the chromosome is empty"
    if not position.strip():
        return "the position is empty"
    if not columns[1].isdigit():
        shown = position if position.isprintable() and " " not in position else repr(position)
        return f"position {shown} is not a number" + " from 0" * position[1:].isdigit()
    if int(position) > _LARGEST_POSITION:
        return f"position {position} is larger than VCF allows ({_LARGEST_POSITION})"
    return None
