"""Read genes from an annotation file. To add a format: a module here that yields `Interval`s, and its
suffix below."""

import os

from genodiff.annotations.gene import Gene
from genodiff.annotations.gtf import gtf_intervals
from genodiff.annotations.lines import bed_intervals, genes_from
from genodiff.qc.counts import Tally
from genodiff.runtime.errors import InputError

# Suffixes of plain files; ".gz" may follow.
SUFFIXES = {".bed": "bed", ".gtf": "gtf", ".gff": "gff3", ".gff3": "gff3"}


def read_genes(
    path: str | os.PathLike,
    tally: Tally,
    feature: str = "gene",
    name: str | None = None,
    attributes: dict[str, list[str]] | None = None,
) -> list[Gene]:
    """Genes of a BED, GTF or GFF3 file, plain or gzipped, in the order of the file.

    `feature`, `name` and `attributes` apply to GTF and GFF3; see `gtf_intervals`. `tally` counts merged,
    renamed and omitted genes; see `genes_from`. Raises InputError with file and line of an invalid line.
    """
    bare = str(path).lower().removesuffix(".gz")
    kind = next((kind for suffix, kind in SUFFIXES.items() if bare.endswith(suffix)), None)
    if kind is None:
        raise InputError(
            f"{path}: the suffix does not name an annotation format (cohort.genes); use one of "
            f"{', '.join(SUFFIXES)}, with or without .gz"
        )
    if kind == "bed":
        return genes_from(path, bed_intervals(path), tally)
    return genes_from(path, gtf_intervals(path, kind, tally, feature, name, attributes or {}), tally)
