"""Genes of a BED file: chromosome, start (0-based), end, name."""

import os
from collections.abc import Iterable, Iterator

from genodiff.annotations.gene import Gene
from genodiff.annotations.lines import Interval, open_text
from genodiff.formats.common import whole_file
from genodiff.runtime.errors import InputError


def bed_intervals(path: str | os.PathLike) -> Iterator[Interval]:
    """The lines of a BED file with at least four columns, separated by tabs or blanks.

    Raises InputError with the line number for lines that are not BED.
    """
    with open_text(path) as file:
        for number, line in enumerate(file, 1):
            line = line.rstrip("\r\n")
            if not line.strip() or line.startswith(("#", "track", "browser")):
                continue
            fields = line.split("\t") if "\t" in line else line.split()
            if len(fields) < 4 or not fields[3].strip():
                raise InputError(
                    f"{path}: line {number}: expected chrom, start, end, name, got {len(fields)} columns"
                )
            chrom, start, end, name = (field.strip() for field in fields[:4])
            if not (start.isdecimal() and end.isdecimal() and int(start) < int(end)):
                raise InputError(
                    f"{path}: line {number}: gene {name!r}: start {start!r} and end {end!r} are not "
                    "numbers with 0 <= start < end"
                )
            yield Interval(number, name, chrom, int(start), int(end), None)


def write_bed(path: str | os.PathLike, genes: Iterable[Gene]) -> None:
    """Write genes with four columns, chromosomes without 'chr'; reading them gives the same genes."""
    with whole_file(path) as temporary, open(temporary, "w", encoding="utf-8") as file:
        file.writelines(f"{g.chrom}\t{g.start}\t{g.end}\t{g.name}\n" for g in genes)
