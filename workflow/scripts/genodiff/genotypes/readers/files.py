"""The files of the genotypes at one path, and the contigs that have records.

The Snakefile imports this module at parse time, so it imports only the standard library.
"""

from pathlib import Path

from genodiff.genotypes.readers.bgzf_index import index_file, read_index
from genodiff.genotypes.readers.diagnosis import unindexable_record
from genodiff.genotypes.readers.plink_tables import companion, table_contigs
from genodiff.genotypes.readers.vcf_header import read_header
from genodiff.runtime.errors import InputError


def genotype_files(source: str, path: str) -> list[str]:
    """The file itself, and its index or PLINK's tables of variants and individuals.

    Raises InputError if one of these does not exist.
    """
    if not Path(path).is_file():
        raise InputError(f"{path}: no such file (cohort.{source})")
    if source != "vcf":
        return [path, *(companion(path, kind) for kind in ("variants", "individuals"))]
    index = index_file(path)
    if index is None:
        read_header(path)
        problem = unindexable_record(path)
        if problem:
            raise InputError(f"{path}: {problem}")
        read_index(path)  # raises InputError
    return [path, str(index)]


def contigs_with_records(source: str, path: str) -> list[str]:
    """Names of the contigs with records, in the order of the file; an empty list for an empty file.

    Read from the index of a VCF or BCF, and from all lines of PLINK's table of variants. Raises
    InputError if these are unreadable.
    """
    if source != "vcf":
        return list(table_contigs(companion(path, "variants")))
    header = read_header(path)
    genotype_files(source, path)
    names = [
        contig.name if contig.name is not None else header.numbers.get(number)
        for number, contig in enumerate(read_index(path))
        if contig.begin is not None
    ]
    return [name for name in names if name is not None]
