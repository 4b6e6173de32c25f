"""Intervals of annotation files, BED files, and genes from intervals with repeated names."""

import os
import re
from collections.abc import Iterable, Iterator
from itertools import takewhile
from typing import NamedTuple

from genodiff.annotations.contigs import plain
from genodiff.annotations.gene import Gene
from genodiff.formats.common import whole_file
from genodiff.formats.text import open_text, words
from genodiff.qc.counts import Tally
from genodiff.runtime.errors import InputError

_STATES_BUILD = re.compile(
    r"#!genome|##genome-build|##description|##assembly|#+ *(genome|build)\b", re.I
)


class Interval(NamedTuple):
    """A line of an annotation file."""

    line: int
    name: str
    chrom: str  # as in the file
    start: int  # 0-based
    end: int  # exclusive
    id: str | None  # unique id, where the format has one


def stated_lines(path: str | os.PathLike) -> list[str]:
    """Lines before the first gene that may name the genome build: of a GTF or GFF3 those about the
    genome, of a BED `db` in its track line."""
    found = []
    with open_text(path, "cohort.genes") as file:
        for line in takewhile(lambda line: line.startswith(("#", "track", "browser")), file):
            if line.startswith("track"):
                found += re.findall(r"\bdb=\S+", line)
            elif _STATES_BUILD.match(line):
                found.append(line)
    return found


def genes_from(path: str | os.PathLike, intervals: Iterable[Interval], tally: Tally) -> list[Gene]:
    """Genes of intervals, in the order of their first lines.

    Intervals of one name on one chromosome that overlap or touch are merged into one gene and counted as
    "merged". If intervals of one name remain apart, each id is appended to the name and the genes are
    counted as "renamed"; raises InputError if ids are missing or equal.
    """
    by_name: dict[str, list[Interval]] = {}
    for interval in intervals:
        if not interval.name.isprintable():
            raise InputError(
                f"{path}: line {interval.line}: the gene's name {interval.name!r} contains a tab, a "
                "line end or another control character; rename the gene"
            )
        by_name.setdefault(interval.name, []).append(interval)
    if not by_name:
        raise InputError(f"{path}: contains no genes")
    named = []
    for name, same_name in by_name.items():
        merged = _merge(same_name)
        if len(merged) < len(same_name):
            tally.add("gene", "merged", name, len(same_name) - len(merged))
        if len(merged) > 1:
            if len({i.id for i in merged} - {None}) < len(merged):
                raise _twice(path, name, *sorted(i.line for i in merged)[:2])
            tally.add("gene", "renamed", name, len(merged))
            merged = [i._replace(name=f"{name}_{i.id}") for i in merged]
        named += merged
    taken: dict[str, int] = {}
    for interval in named:
        if interval.name in taken:
            raise _twice(path, interval.name, taken[interval.name], interval.line)
        taken[interval.name] = interval.line
    named.sort(key=lambda interval: interval.line)
    return [Gene(i.name, plain(i.chrom), i.start, i.end, i.chrom) for i in named]


def _merge(intervals: list[Interval]) -> list[Interval]:
    """Merge intervals that overlap or touch; a merged interval keeps the first line and its id."""
    merged: list[Interval] = []
    for interval in sorted(intervals, key=lambda i: (plain(i.chrom), i.start, i.end)):
        last = merged[-1] if merged else None
        if last and plain(last.chrom) == plain(interval.chrom) and interval.start <= last.end:
            first = min(last, interval)
            merged[-1] = first._replace(start=last.start, end=max(last.end, interval.end))
        else:
            merged.append(interval)
    return merged


def _twice(path: str | os.PathLike, name: str, first: int, second: int) -> InputError:
    return InputError(
        f"{path}: line {second}: gene {name!r} is listed twice, at different positions (first in "
        f"line {first}); give every gene a unique name"
    )


def bed_intervals(path: str | os.PathLike) -> Iterator[Interval]:
    """Yield chromosome, start (0-based), end and name of BED lines, separated by tabs or blanks.

    Raises InputError with the number of a line that is not BED.
    """
    with open_text(path, "cohort.genes") as file:
        for number, line in enumerate(file, 1):
            line = line.rstrip("\r\n")
            if not line.strip() or line.startswith(("#", "track", "browser")):
                continue
            fields = line.split("\t") if "\t" in line else words(line)
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
    """Write genes in four columns, chromosomes without 'chr'; reading the file gives equal genes."""
    with whole_file(path) as temporary, open(temporary, "w", encoding="utf-8") as file:
        file.writelines(f"{g.chrom}\t{g.start}\t{g.end}\t{g.name}\n" for g in genes)
