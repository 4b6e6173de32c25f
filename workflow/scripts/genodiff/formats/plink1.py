"""PLINK 1 files of synthetic individuals: PREFIX.bed, PREFIX.bim and PREFIX.fam.

A1 is ALT and A2 is REF, so that a dosage counts A1; no call is missing. Format:
https://www.cog-genomics.org/plink/1.9/formats#bed.
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack

import numpy as np
import pandas as pd
from bed_reader import open_bed

from genodiff.formats.common import whole_file, write_text

_HEADER = b"\x6c\x1b\x01"
# Codes of the dosages 0, 1 and 2 of A1.
_CODES = np.array([3, 2, 0], np.uint8)
_SITE_COLUMNS = ["chrom", "id", "centimorgan", "pos", "alt", "ref"]
# Columns of a table of sites; a missing id is replaced by chromosome, position and alleles.
SITES = ["chrom", "pos", "id", "ref", "alt"]
# Bytes of dosages that are read at once.
BLOCK_BYTES = 2**24


class BedWriter:
    """Write the .bed of V SNPs and N individuals by rectangular blocks in any order. A context manager:
    the file exists after the context ends without error. Each call is written once."""

    def __init__(self, path: str | os.PathLike, snps: int, individuals: int):
        self._path, self._shape = path, (snps, -(-individuals // 4))

    def __enter__(self) -> "BedWriter":
        with ExitStack() as stack:
            temporary = stack.enter_context(whole_file(self._path))
            with open(temporary, "wb") as file:
                file.write(_HEADER)
                # A full disk is an error here; at a write to a page it would kill the process.
                os.posix_fallocate(file.fileno(), 0, len(_HEADER) + max(1, int(np.prod(self._shape))))
                os.ftruncate(file.fileno(), len(_HEADER) + int(np.prod(self._shape)))
            self._calls = None
            if all(self._shape):
                self._calls = np.memmap(temporary, np.uint8, "r+", len(_HEADER), self._shape)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *error) -> None:
        if self._calls is not None:
            self._calls.flush()
            del self._calls
        self._stack.__exit__(*error)

    def write(self, snp: int, individual: int, dosage: np.ndarray) -> None:
        """Write `dosage` int8 (v, n) at SNP number `snp` and individual number `individual`.

        Raises ValueError for a dosage that is not 0, 1 or 2.
        """
        if not dosage.size:
            return
        if dosage.min() < 0 or dosage.max() > 2:
            raise ValueError("a dosage is not 0, 1 or 2")
        before = individual % 4
        after = -(before + dosage.shape[1]) % 4
        codes = np.pad(_CODES[dosage], ((0, 0), (before, after))).reshape(len(dosage), -1, 4)
        packed = codes[..., 0] | codes[..., 1] << 2 | codes[..., 2] << 4 | codes[..., 3] << 6
        first = individual // 4
        self._calls[snp : snp + len(dosage), first : first + packed.shape[1]] |= packed


def write_bim(path: str | os.PathLike, sites: pd.DataFrame) -> None:
    """Write the table of `sites` (columns SITES)."""
    with whole_file(path) as temporary:
        sites.assign(centimorgan=0)[_SITE_COLUMNS].to_csv(temporary, sep="\t", header=False, index=False)


def write_fam(path: str | os.PathLike, samples: list[str], phenotypes: list[str]) -> None:
    """Write the table of individuals, without families (0) and sex (0); `phenotypes`: 1, 2, or -9."""
    rows = zip(samples, phenotypes, strict=True)
    lines = [f"0\t{sample}\t0\t0\t0\t{phenotype}\n" for sample, phenotype in rows]
    write_text(path, "".join(lines))


def read_bim(path: str | os.PathLike) -> pd.DataFrame:
    """The table of sites, columns SITES."""
    table = pd.read_csv(
        path, sep="\t", names=_SITE_COLUMNS, keep_default_na=False,
        dtype=dict.fromkeys(_SITE_COLUMNS, str) | {"pos": np.int64},
    )  # fmt: skip
    return table[SITES]


def count_samples(path: str | os.PathLike) -> int:
    """Number of individuals of a .fam."""
    with open(path, "rb") as file:
        return sum(1 for _ in file)


def iter_dosages(
    prefix: str, individuals: int, snps: int, block_bytes: int = BLOCK_BYTES
) -> Iterator[tuple[slice, np.ndarray]]:
    """Yield consecutive blocks of SNPs and their dosages int8 (v, N), in C order."""
    size = max(1, block_bytes // max(1, individuals))
    bed = open_bed(f"{prefix}.bed", individuals, snps, skip_format_check=True)
    for start in range(0, snps, size):
        part = slice(start, min(start + size, snps))
        yield part, bed.read(np.s_[:, part], dtype="int8", order="F", num_threads=1).T
