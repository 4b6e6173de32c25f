"""The tables of individuals and variants of PLINK 1 (.fam, .bim) and PLINK 2 (.psam, .pvar).

The Snakefile imports this module at parse time, so it imports only the standard library, and pyarrow
for a table compressed with zstd.
"""

import re
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path
from typing import NamedTuple

from genodiff.formats.text import open_text, words
from genodiff.runtime.errors import InputError

_COMPANIONS = {
    (".bed", "variants"): (".bim",),
    (".bed", "individuals"): (".fam",),
    (".pgen", "variants"): (".pvar", ".pvar.zst", ".pvar.gz"),
    (".pgen", "individuals"): (".psam", ".psam.zst"),
}
_BIM = ("CHROM", "ID", "CM", "POS", "ALT", "REF")
_CONTIG = re.compile(r"##contig=<(?=.*\bID=([^,>]+))(?=.*\blength=(\d+))")


class Variant(NamedTuple):
    """A line of a table of variants."""

    contig: str
    pos: int  # 1-based; 0 is unknown, and PLINK leaves out variants with a negative one
    id: str
    ref: str
    alts: tuple[str, ...]
    passed: bool


def companion(path: str, kind: str) -> str:
    """The table of "variants" or "individuals" of a .bed or .pgen; raises InputError if it does not
    exist."""
    suffix = Path(path).suffix
    endings = _COMPANIONS.get((suffix, kind))
    if endings is None:
        raise InputError(f"{path}: expected a name that ends in .bed (plink1) or .pgen (plink2)")
    base = path.removesuffix(suffix)
    for ending in endings:
        if Path(base + ending).is_file():
            return base + ending
    raise InputError(f"{path}: no {base}{endings[0]}; the three files of PLINK belong together")


def read_individuals(path: str) -> list[str]:
    """Individual ids (IID), in order; raises InputError for a line without an id and a repeated id."""
    samples, seen, column = [], {}, 1
    header = not path.removesuffix(".zst").endswith(".psam")  # a .fam has none
    with open_text(path) as file:
        for number, line in enumerate(file, 1):
            fields = words(line)
            # In a .psam, lines before the header may begin with #; the header begins with #FID or #IID.
            if not fields or (line.startswith("#") and fields[0] not in ("#FID", "#IID")):
                continue
            if line.startswith("#"):
                names = [fields[0].lstrip("#"), *fields[1:]]
                if "IID" not in names:
                    raise InputError(f"{path}: line {number}: no column IID in the header")
                column, header = names.index("IID"), True
                continue
            if not header:
                raise InputError(
                    f"{path}: line {number}: the header is missing: expected the names of the columns, "
                    "such as #IID and SEX, before the individuals"
                )
            if len(fields) <= column:
                raise InputError(
                    f"{path}: line {number}: expected an individual id in column {column + 1}"
                )
            name = fields[column]
            if name in seen:
                raise InputError(
                    f"{path}: line {number}: individual id {name!r} occurs twice (first in line "
                    f"{seen[name]}); give every individual a unique id"
                )
            seen[name] = number
            samples.append(name)
    if not samples:
        raise InputError(f"{path}: contains no individuals")
    return samples


def read_lengths(path: str) -> dict[str, int]:
    """Contig lengths in bases from the ##contig lines of a .pvar; empty for a .bim."""
    contigs = filter(None, map(_CONTIG.match, _header(path)))
    return {contig[1]: int(contig[2]) for contig in contigs}


def stated_lines(path: str) -> list[str]:
    """Lines of a .pvar that may name the genome build."""
    return [line for line in _header(path) if line.startswith("##reference=")]


def _header(path: str) -> list[str]:
    with open_text(path) as file:
        return list(takewhile(lambda line: line.startswith("##"), file))


def iter_variants(path: str) -> Iterator[Variant]:
    """Yield the variants of a .bim or .pvar in order; raises InputError with the number of an invalid
    line.

    The first allele column of a .bim, A1, is ALT, as PLINK 2 writes it and bed-reader counts it.
    """
    names = _BIM
    with open_text(path) as file:
        for number, line in enumerate(file, 1):
            if line.startswith("##") or not line.strip():
                continue
            fields = line.split("\t") if "\t" in line else words(line)
            if line.startswith("#"):
                names = tuple(field.strip().lstrip("#") for field in fields)
                missing = {"CHROM", "POS", "ID", "REF", "ALT"} - set(names)
                if missing:
                    raise InputError(f"{path}: line {number}: no column {min(missing)} in the header")
                continue
            if len(fields) < len(names):
                raise InputError(
                    f"{path}: line {number}: {len(fields)} columns where {len(names)} are expected "
                    f"({', '.join(names)})"
                )
            row = dict(zip(names, map(str.strip, fields), strict=False))
            if not row["POS"].removeprefix("-").isdecimal():
                raise InputError(f"{path}: line {number}: position {row['POS']!r} is not a number")
            alts = () if row["ALT"] in ("0", ".") else tuple(row["ALT"].split(","))
            passed = row.get("FILTER", ".") in ("PASS", ".", "0")
            yield Variant(row["CHROM"], int(row["POS"]), row["ID"] or ".", row["REF"], alts, passed)


def last_positions(path: str) -> dict[str, int]:
    """The largest position of each contig of a table."""
    last: dict[str, int] = {}
    for variant in iter_variants(path):
        last[variant.contig] = max(variant.pos, last.get(variant.contig, 0))
    return last


def table_contigs(path: str) -> dict[str, int]:
    """Number of variants of each contig of a table, in order of appearance."""
    counts: dict[str, int] = {}
    with open_text(path) as file:
        for line in file:
            if not line.startswith("#") and line.strip():
                name = line.split(None, 1)[0]
                counts[name] = counts.get(name, 0) + 1
    if not counts:
        raise InputError(f"{path}: contains no variants")
    return counts
