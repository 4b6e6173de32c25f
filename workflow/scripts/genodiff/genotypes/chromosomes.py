"""Chromosome names and where the genotypes of each chromosome are.

Read at parse time by the Snakefile, so only the standard library is imported here.
"""

import glob
import re
from pathlib import Path

from genodiff.annotations.contigs import natural_order, plain
from genodiff.genotypes.readers.files import contigs_with_records
from genodiff.runtime.errors import InputError

PLACEHOLDER = "{chrom}"
# Names that can be parts of file names.
_NAME = re.compile(r"[A-Za-z0-9_.-]+")


def genotype_path(pattern: str, chromosome: str) -> str:
    """The file that holds a chromosome: `pattern` with {chrom} filled in, or `pattern` itself."""
    return pattern.replace(PLACEHOLDER, chromosome)


def _named_by_files(pattern: str) -> list[str]:
    """What {chrom} stands for in the files that match; the same in each of its places."""
    first, *rest = (re.escape(part) for part in pattern.split(PLACEHOLDER))
    shape = re.compile(first + "(.+?)" + r"\1".join(rest))
    files = glob.glob("*".join(glob.escape(part) for part in pattern.split(PLACEHOLDER)))
    return [match[1] for match in map(shape.fullmatch, files) if match]


def find_chromosomes(source: str, pattern: str, wanted: list[str | int] | None) -> list[str]:
    """Chromosomes to work on, by their names in the file names or, for one file, in its index or table.

    With `wanted` None: every chromosome there is, but for contigs of one file whose names, such as
    HLA-A*01:01, cannot be parts of file names; they are named with others that are not used. Raises
    InputError when there is none, when a wanted one has no file, or when one is wanted twice.
    """
    if wanted is not None:
        names = [str(chromosome) for chromosome in wanted]
    elif PLACEHOLDER in pattern:
        names = _named_by_files(pattern)
    else:
        names = list(filter(_NAME.fullmatch, contigs_with_records(source, pattern)))
    if not names:
        what = "no file matches" if PLACEHOLDER in pattern else "no records, by its index, in"
        raise InputError(f"cohort.{source}: {what} {pattern!r}")
    twice = {name for name in names if [plain(n) for n in names].count(plain(name)) > 1}
    if twice:
        cure = "list each once" if wanted is not None else "list those to use in cohort.chromosomes"
        raise InputError(
            f"cohort.chromosomes: twice the same chromosome: {', '.join(sorted(twice))}; {cure}"
        )
    if wanted is None:
        names.sort(key=lambda name: natural_order(plain(name)))
    for name in names:
        path = genotype_path(pattern, name)
        if not Path(path).is_file():
            raise InputError(f"cohort.{source}: no file {path!r} for chromosome {name}")
        if not _NAME.fullmatch(name):
            raise InputError(f"cohort.chromosomes: {name!r} is not a chromosome name")
    return names
