"""What a VCF and a BCF have in common, and records of a BCF as bytes (section BCF2 of the VCF 4.3
specification)."""

import struct
from collections.abc import Mapping, Sequence

import numpy as np

# Descriptor bytes of typed values: their number in the upper four bits, their type in the lower four. A
# number of 15 says that another typed value with the number follows.
_ONE_INT8, _ONE_INT32, _TWO_INT8, _TEXT, _LONG = 0x11, 0x13, 0x21, 0x07, 15
_NO_QUALITY = 0x7F800001
# Indices in the header's dictionary of strings; that of PASS is always 0.
_PASS, _GT = 0, 1
# Alleles of an unphased call by dosage, as BCF encodes them: number plus one, shifted left by one.
UNPHASED = np.array([[2, 2], [2, 4], [4, 4]], np.int8)


def header_text(
    contigs: Mapping[str, int | None], samples: Sequence[str], source: str | None = None
) -> str:
    """The header of a VCF with genotypes only; `contigs`: lengths by name, None for unknown ones."""
    lines = ["##fileformat=VCFv4.2", '##FILTER=<ID=PASS,Description="All filters passed">']
    lines += [f"##source={source}"] * bool(source)
    for name, length in contigs.items():
        lines.append(f"##contig=<ID={name}" + (f",length={length}>" if length else ">"))
    lines.append('##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">')
    fixed = ("#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT")
    return "\n".join([*lines, "\t".join([*fixed, *samples])]) + "\n"


def bcf_header(text: str) -> bytes:
    """The bytes before the first record of a BCF."""
    content = text.encode() + b"\0"
    return b"BCF\2\2" + struct.pack("<I", len(content)) + content


def _text(value: str) -> bytes:
    """A typed string."""
    content = value.encode()
    if len(content) < _LONG:
        return bytes([len(content) << 4 | _TEXT]) + content
    return bytes([_LONG << 4 | _TEXT, _ONE_INT32]) + struct.pack("<i", len(content)) + content


def bcf_record(
    contig: int, position: int, name: str, alleles: tuple[str, str], calls: np.ndarray
) -> bytes:
    """A record with genotypes: number of its contig in the header, 1-based position, id, (REF, ALT), and
    the two encoded alleles of each of N individuals, int8 (2 N,)."""
    # Contig, 0-based position, length of REF, QUAL; numbers of INFO fields, alleles, FORMAT fields and
    # individuals.
    counts = 1 << 24 | calls.size // 2
    site = struct.pack("<iiiIHHI", contig, position - 1, len(alleles[0]), _NO_QUALITY, 0, 2, counts)
    site += b"".join(map(_text, (name, *alleles)))
    site += bytes([_ONE_INT8, _PASS])
    typed = bytes([_ONE_INT8, _GT, _TWO_INT8]) + calls.tobytes()
    return struct.pack("<II", len(site), len(typed)) + site + typed
