"""Genes of a BED file."""

import os

from genodiff.annotations.gene import Gene
from genodiff.errors import InputError
from genodiff.genotypes.chromosomes import plain


def read_bed(path: str | os.PathLike) -> list[Gene]:
    """Genes of a BED file with at least four columns (chrom, start, end, name), in file order.

    Raises InputError with the line number for lines that are not BED and for a gene name that
    appears twice.
    """
    genes, seen = [], {}
    try:
        with open(path, encoding="utf-8-sig") as file:
            lines = file.read().splitlines()
    except FileNotFoundError as error:
        raise InputError(f"{path}: no such file (cohort.genes)") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not a text file: {error}") from error
    for number, line in enumerate(lines, 1):
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
        if name in seen:
            raise InputError(
                f"{path}: line {number}: gene {name!r} is listed twice (first in line {seen[name]}); "
                "give every gene a name of its own"
            )
        seen[name] = number
        genes.append(Gene(name, plain(chrom), int(start), int(end)))
    if not genes:
        raise InputError(f"{path}: holds no genes")
    return genes
