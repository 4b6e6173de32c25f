"""Read the individuals and contigs of a VCF or BCF header.

htslib has one message for all faults of a header; this module names fault, line and remedy. The
Snakefile imports it at parse time, so it imports only the standard library.
"""

import gzip
import os
import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from genodiff.genotypes.readers.bgzf import check_bgzip
from genodiff.runtime.errors import InputError

BCF_MAGIC = b"BCF\2"
_BOM = b"\xef\xbb\xbf"
_CONTIG = re.compile(rb"##contig=<(.*)>")
_FIXED_COLUMNS = 9  # before the first sample


@dataclass(frozen=True)
class Header:
    """Individuals and contigs of a header."""

    samples: list[str]
    contigs: dict[str, int | None]  # name and length, in the order of the header
    numbers: dict[int, str]  # contig by its number in a BCF and its index
    notes: list[str] = field(default_factory=list)  # harmless irregularities
    stated: list[str] = field(default_factory=list)  # what may name the genome build


def _lines(path: str | os.PathLike) -> Iterator[bytes]:
    """Yield header lines without line ends, and the first record of a VCF."""
    with gzip.open(path, "rb") as file:
        magic = file.read(5)
        if magic.startswith(BCF_MAGIC):
            length = struct.unpack("<I", file.read(4))[0]
            yield from file.read(length).rstrip(b"\0").splitlines()
            return
        if magic.startswith(_BOM):
            raise InputError(
                f"{path}: line 1: a UTF-8 byte-order mark before ##fileformat; remove it: "
                f"gzip -dc {path} | tail -c +4 | bgzip > NEW.vcf.gz"
            )
        rest = file.readline()
        yield (magic + rest).rstrip(b"\r\n")
        for line in file:
            yield line.rstrip(b"\r\n")
            if not line.startswith(b"#"):
                return


def read_header(path: str | os.PathLike) -> Header:
    """Read the header of a bgzipped VCF or a BCF.

    Raises InputError if the file is missing, empty, not bgzipped or truncated, if it has no #CHROM line
    or no samples, and if a sample occurs twice or is not UTF-8.
    """
    check_bgzip(path)
    contigs, numbers, notes, stated = {}, {}, [], {}
    try:
        for number, line in enumerate(_lines(path), 1):
            if number == 1 and not line.startswith(b"##fileformat=VCF"):
                raise InputError(
                    f"{path}: line 1: expected ##fileformat=VCFv4.x, so this is not a VCF or BCF"
                )
            if line.startswith(b"#CHROM"):
                return Header(_samples(path, number, line), contigs, numbers, notes, list(stated))
            if not line.startswith(b"##"):
                break
            try:
                line.decode()
            except UnicodeDecodeError:
                notes.append(f"{path}: line {number}: the header is not UTF-8; ignored")
            if line.startswith(b"##reference="):
                stated[line.decode(errors="replace")] = None
            contig = _CONTIG.match(line)
            if contig:
                fields = dict(f.split(b"=", 1) for f in contig[1].split(b",") if b"=" in f)
                length = fields.get(b"length", b"")
                name = fields.get(b"ID", b"").decode(errors="replace")
                if b"assembly" in fields:
                    stated[f"assembly={fields[b'assembly'].decode(errors='replace')}"] = None
                contigs[name] = int(length) if length.isdigit() else None
                # The numbers of contigs in a BCF may differ from their order.
                given = fields.get(b"IDX", b"")
                numbers[int(given) if given.isdigit() else len(numbers)] = name
    except (OSError, EOFError, zlib.error, struct.error) as error:
        raise InputError(
            f"{path}: truncated or damaged header ({error}); obtain the file again"
        ) from error
    raise InputError(
        f"{path}: no #CHROM line, which names the columns and the individuals, in the header "
        f"({number} lines); take it from the file that this one was made of: bcftools reheader"
    )


def _samples(path: str | os.PathLike, number: int, line: bytes) -> list[str]:
    columns = line.split(b"\t")
    if len(columns) <= _FIXED_COLUMNS:
        raise InputError(
            f"{path}: line {number}: no samples: a VCF of sites only ({len(columns)} columns); "
            "genotypes of individuals are needed"
        )
    samples, seen = [], {}
    for i, column in enumerate(columns[_FIXED_COLUMNS:], _FIXED_COLUMNS + 1):
        try:
            name = column.decode()
        except UnicodeDecodeError as error:
            raise InputError(
                f"{path}: line {number} (#CHROM): the sample name in column {i} is not UTF-8 "
                f"({column!r}); rename it: bcftools reheader --samples"
            ) from error
        if not name.strip():
            raise InputError(f"{path}: line {number} (#CHROM): the sample name in column {i} is empty")
        if name in seen:
            raise InputError(
                f"{path}: line {number} (#CHROM): sample {name!r} occurs twice, in columns {seen[name]} "
                f"and {i}; rename or remove one: bcftools reheader --samples"
            )
        seen[name] = i
        samples.append(name)
    return samples


def first_record_contig(path: str | os.PathLike, header: Header) -> str | None:
    """The contig of the first record; None without records."""
    with gzip.open(path, "rb") as file:
        magic = file.read(5)
        if magic.startswith(BCF_MAGIC):
            file.read(struct.unpack("<I", file.read(4))[0])
            start = file.read(12)
            return (
                header.numbers.get(struct.unpack_from("<i", start, 8)[0]) if len(start) == 12 else None
            )
        file.seek(0)
        for line in file:
            if line.strip() and not line.startswith(b"#"):
                return line.split(b"\t", 1)[0].decode(errors="replace")
    return None


def is_bcf(path: str | os.PathLike) -> bool:
    """Whether a bgzipped file is a BCF, from its content."""
    with gzip.open(path, "rb") as file:
        return file.read(len(BCF_MAGIC)) == BCF_MAGIC
