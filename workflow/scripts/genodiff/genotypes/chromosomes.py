"""Chromosomes to work on and the genotype file of each; those without a gene are left out.

The Snakefile imports this module at parse time, so it imports only the standard library.
"""

import glob
import json
import os
import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from genodiff.annotations.contigs import natural_order, plain
from genodiff.annotations.read import read_genes
from genodiff.genotypes.readers.files import contigs_with_records, genotype_files
from genodiff.qc.counts import Tally
from genodiff.runtime.errors import InputError

PLACEHOLDER = "{chrom}"
# Names that can be parts of file names.
_NAME = re.compile(r"[A-Za-z0-9_.-]+")


def genotype_path(pattern: str, chromosome: str) -> str:
    """The file that holds a chromosome: `pattern` with {chrom} filled in, or `pattern` itself."""
    return pattern.replace(PLACEHOLDER, chromosome)


def _named_by_files(pattern: str) -> list[str]:
    """Values of {chrom} in the names of matching files; a value is equal in all places of a name."""
    first, *rest = (re.escape(part) for part in pattern.split(PLACEHOLDER))
    shape = re.compile(first + "(.+?)" + r"\1".join(rest))
    files = glob.glob("*".join(glob.escape(part) for part in pattern.split(PLACEHOLDER)))
    return [match[1] for match in map(shape.fullmatch, files) if match]


def _cached(
    cache: str | os.PathLike | None, files: list[str], read: Callable[[], list[str]], *settings: object
) -> list[str]:
    """Contigs of `files`, the first of which names them; those in `cache` if the sizes and times of the
    files, and the settings of reading, have not changed.

    Each job process parses the Snakefile, and a .bim of 10 million lines takes 17 seconds to read.
    """
    stats = [(file, os.stat(file)) for file in files]
    state = [[file, stat.st_size, stat.st_mtime_ns] for file, stat in stats] + [list(settings)]
    path, known = files[0], {}
    with suppress(OSError, ValueError):
        known = json.loads(Path(cache).read_text(encoding="utf-8")) if cache else {}
    if known.get(path, {}).get("state") != state:
        known[path] = {"state": state, "contigs": read()}
        # In a folder that is not writable each process reads the file.
        with suppress(OSError):
            if cache:
                Path(cache).parent.mkdir(parents=True, exist_ok=True)
                temporary = Path(f"{cache}.{os.getpid()}.part")
                temporary.write_text(json.dumps(known), encoding="utf-8")
                os.replace(temporary, cache)
    return known[path]["contigs"]


def find_chromosomes(
    source: str,
    pattern: str,
    wanted: list[str | int] | None,
    cache: str | os.PathLike | None = None,
) -> list[str]:
    """Chromosomes to work on, by their names in the file names or, for one file, in its index or table.

    If `wanted` is None: every chromosome, except contigs of one file whose names, such as HLA-A*01:01,
    cannot be parts of file names; a job lists these as unused. `cache`: a JSON file that keeps the
    contigs of one file from process to process. Raises InputError if there is no chromosome, a wanted
    one has no file, or one is wanted twice.
    """
    if wanted is not None:
        names = [str(chromosome) for chromosome in wanted]
    elif PLACEHOLDER in pattern:
        names = _named_by_files(pattern)
    else:
        files = genotype_files(source, pattern)
        contigs = _cached(cache, files, lambda: contigs_with_records(source, pattern))
        names = list(filter(_NAME.fullmatch, contigs))
    if not names:
        what = "no file matches" if PLACEHOLDER in pattern else "no records, by its index, in"
        raise InputError(f"cohort.{source}: {what} {pattern!r}")
    twice = {name for name in names if [plain(n) for n in names].count(plain(name)) > 1}
    if twice:
        where, cure = "cohort.chromosomes", "list each once"
        if wanted is None:
            where, cure = (
                pattern,
                (
                    "give them one name (bcftools annotate --rename-chrs), or list those to use in "
                    "cohort.chromosomes"
                ),
            )
        raise InputError(f"{where}: the same chromosome twice: {', '.join(sorted(twice))}; {cure}")
    if wanted is None:
        names.sort(key=lambda name: natural_order(plain(name)))
    for name in names:
        path = genotype_path(pattern, name)
        if not Path(path).is_file():
            raise InputError(f"cohort.{source}: no file {path!r} for chromosome {name}")
        if not _NAME.fullmatch(name):
            raise InputError(f"cohort.chromosomes: {name!r} is not a chromosome name")
    return names


def without_genes(
    names: list[str], genes_path: str, annotation: dict, cache: str | os.PathLike | None = None
) -> list[str]:
    """Those of the chromosomes `names` on which no gene is, such as decoy contigs; none of them if the
    genes do not exist yet or cannot be read, or if all would be, which a job reports.

    `annotation`: arguments of `read_genes`; `cache`: see `find_chromosomes`.
    """

    def read() -> list[str]:
        return sorted({gene.chrom for gene in read_genes(genes_path, Tally(), **annotation)})

    try:
        present = _cached(cache, [genes_path], read, annotation)
    except (OSError, InputError):
        return []
    unread = [name for name in names if plain(name) not in present]
    return unread if len(unread) < len(names) else []
