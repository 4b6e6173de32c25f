"""Which files make up the genotypes at one path, and which contigs have records there.

Read at parse time by the Snakefile, so only the standard library is imported here.
"""

from pathlib import Path

from genodiff.genotypes.readers.bgzf_index import index_file, read_index
from genodiff.genotypes.readers.diagnosis import unsorted_place
from genodiff.genotypes.readers.plink_tables import companion, table_contigs
from genodiff.genotypes.readers.vcf_header import read_header
from genodiff.runtime.errors import InputError


def genotype_files(source: str, path: str) -> list[str]:
    """The file itself and those that belong to it: an index, or PLINK's tables of variants and
    individuals.

    Raises InputError for one that is not there.
    """
    if not Path(path).is_file():
        raise InputError(f"{path}: no such file (cohort.{source})")
    if source != "vcf":
        return [path, *(companion(path, kind) for kind in ("variants", "individuals"))]
    index = index_file(path)
    if index is None:
        read_header(path)
        place = unsorted_place(path)
        if place:
            raise InputError(
                f"{path}: not sorted ({place}), so it cannot have an index; sort and index it: "
                f"bcftools sort -Oz -o NEW.vcf.gz {path} && tabix -p vcf NEW.vcf.gz"
            )
        raise InputError(
            f"{path}: no index beside it ({path}.tbi or {path}.csi). Make one with: tabix -p vcf {path} "
            f"(a BCF: bcftools index {path})"
        )
    return [path, str(index)]


def contigs_with_records(source: str, path: str) -> list[str]:
    """Contigs that have records, as the file names them, in its order; none where it is empty.

    A VCF or BCF is asked through its index, PLINK files through their table of variants, which is read
    whole. Raises InputError where that cannot be read.
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
