"""Chromosome names and where the genotypes of each chromosome are.

Read at parse time by the Snakefile, so only the standard library is imported here.
"""

import glob
import gzip
import re
import struct
from pathlib import Path

from genodiff.errors import InputError

PLACEHOLDER = "{chrom}"


def plain(name: str) -> str:
    """A chromosome's name without a 'chr' prefix: 'chr1' and '1' are the same chromosome."""
    return name[3:] if name.lower().startswith("chr") and len(name) > 3 else name


def natural_order(name: str) -> tuple:
    """Sort key: numbered chromosomes by number, then the others by name."""
    return (0, int(name), "") if name.isdigit() else (1, 0, name)


def index_file(path: str) -> Path | None:
    """The .tbi or .csi index beside a genotype file, or None."""
    return next((p for p in (Path(f"{path}.tbi"), Path(f"{path}.csi")) if p.is_file()), None)


def indexed_contigs(path: str) -> list[str]:
    """Contigs that have records, from the tabix index beside a bgzipped VCF.

    Layouts of TBI and CSI: SAM/tabix specifications; both hold the tabix header (format, columns,
    l_nm, names), CSI as auxiliary data. Raises InputError when there is no index, or when it holds
    no names (a BCF's CSI does not).
    """
    index = index_file(path)
    if index is None:
        raise InputError(
            f"{path}: no index beside it ({path}.tbi or {path}.csi). Make one with: tabix -p vcf {path}"
        )
    try:
        content = gzip.decompress(index.read_bytes())
        if content[:4] == b"TBI\1":
            header = content[8:]
        elif content[:4] == b"CSI\1":
            header = content[16 : 16 + struct.unpack_from("<i", content, 12)[0]]
        else:
            raise InputError(f"{index}: neither a TBI nor a CSI index; make it anew")
        if len(header) < 28:
            raise InputError(f"{index}: names no contigs; list them under cohort.chromosomes")
        length = struct.unpack_from("<i", header, 24)[0]
        return [name.decode() for name in header[28 : 28 + length].split(b"\0") if name]
    except (OSError, EOFError, struct.error, ValueError) as error:
        raise InputError(f"{index}: unreadable index ({error}); make it anew") from error


def genotype_path(pattern: str, chromosome: str) -> str:
    """The file that holds a chromosome: `pattern` with {chrom} filled in, or `pattern` itself."""
    return pattern.replace(PLACEHOLDER, chromosome)


def find_chromosomes(pattern: str, wanted: list[str | int] | None) -> list[str]:
    """Chromosomes to work on, by their names in the file names or, for one file, in its index.

    With `wanted` None: every chromosome there is. Raises InputError when there is none, when a
    wanted one has no file, or when one is wanted twice.
    """
    if PLACEHOLDER in pattern:
        before, after = pattern.split(PLACEHOLDER, 1)
        after = after.replace(PLACEHOLDER, "*")
        files = glob.glob(f"{glob.escape(before)}*{after}")
        found = [f[len(before) : len(f) - len(after)] for f in files if "*" not in after]
    elif wanted is None:
        found = indexed_contigs(pattern)
    else:
        found = []
    if wanted is None:
        if not found:
            raise InputError(f"cohort.vcf: no file matches {pattern!r}")
        return sorted(found, key=lambda name: natural_order(plain(name)))
    names = [str(chromosome) for chromosome in wanted]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise InputError(f"cohort.chromosomes: listed twice: {', '.join(sorted(twice))}")
    for name in names:
        path = genotype_path(pattern, name)
        if not Path(path).is_file():
            raise InputError(f"cohort.vcf: no file {path!r} for chromosome {name}")
        if not re.fullmatch(r"[A-Za-z0-9_.-]+", name):
            raise InputError(f"cohort.chromosomes: {name!r} is not a chromosome name")
    return names
