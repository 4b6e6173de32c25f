"""The header of a VCF or BCF: its individuals and its contigs, and what is wrong with it.

htslib refuses a bad header with one sentence for all causes; this names the cause, its line, and the
cure. Read at parse time by the Snakefile, so only the standard library is imported here.
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

_BCF = b"BCF\2"
_BOM = b"\xef\xbb\xbf"
_CONTIG = re.compile(rb"##contig=<(.*)>")
_FIXED_COLUMNS = 9  # before the first sample


@dataclass(frozen=True)
class Header:
    """What the header says."""

    samples: list[str]
    contigs: dict[str, int | None]  # name and length, in the order of the header
    numbers: dict[int, str]  # of contigs, by which a BCF and its index call them
    notes: list[str] = field(default_factory=list)  # oddities that do no harm


def _lines(path: str | os.PathLike) -> Iterator[bytes]:
    """Header lines without line ends; of a VCF, the first record too, if there is one."""
    with gzip.open(path, "rb") as file:
        magic = file.read(5)
        if magic.startswith(_BCF):
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

    Raises InputError when the file is missing, empty, not bgzipped or truncated, when it has no
    #CHROM line or no samples, and for a sample that appears twice or is not UTF-8.
    """
    check_bgzip(path)
    contigs, numbers, notes = {}, {}, []
    try:
        for number, line in enumerate(_lines(path), 1):
            if number == 1 and not line.startswith(b"##fileformat=VCF"):
                raise InputError(
                    f"{path}: line 1: expected ##fileformat=VCFv4.x, so this is no VCF or BCF"
                )
            if line.startswith(b"#CHROM"):
                return Header(_samples(path, number, line), contigs, numbers, notes)
            if not line.startswith(b"##"):
                break
            try:
                line.decode()
            except UnicodeDecodeError:
                notes.append(f"{path}: line {number}: the header is not UTF-8 there; read on")
            contig = _CONTIG.match(line)
            if contig:
                fields = dict(f.split(b"=", 1) for f in contig[1].split(b",") if b"=" in f)
                length = fields.get(b"length", b"")
                name = fields.get(b"ID", b"").decode(errors="replace")
                contigs[name] = int(length) if length.isdigit() else None
                # A BCF may give its contigs numbers that are not their order.
                given = fields.get(b"IDX", b"")
                numbers[int(given) if given.isdigit() else len(numbers)] = name
    except (OSError, EOFError, zlib.error, struct.error) as error:
        raise InputError(f"{path}: truncated or damaged in its header ({error}); get it anew") from error
    raise InputError(
        f"{path}: no #CHROM line, which names the columns and the individuals, in the header (looked at "
        f"{number} lines); take it from the file that this one was made of: bcftools reheader"
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
                f"{path}: line {number} (#CHROM): sample {name!r} stands twice, in columns {seen[name]} "
                f"and {i}; rename or drop one: bcftools reheader --samples"
            )
        seen[name] = i
        samples.append(name)
    return samples


def first_record_contig(path: str | os.PathLike, header: Header) -> str | None:
    """The contig of the first record; None where there are no records."""
    with gzip.open(path, "rb") as file:
        magic = file.read(5)
        if magic.startswith(_BCF):
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
    """Whether a bgzipped file is a BCF, whatever its name."""
    with gzip.open(path, "rb") as file:
        return file.read(len(_BCF)) == _BCF
