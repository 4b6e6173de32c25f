"""PLINK 1: bed, bim, fam."""

from pathlib import Path

from genodiff.formats.plink1 import BedWriter, write_bim, write_fam
from genodiff.release.cohort import Cohort
from genodiff.release.writers.base import Writer


class Plink1Writer(Writer):
    """A1 is ALT, A2 is REF."""

    files = {
        ".bed": "genotypes, PLINK 1 binary; use with .bim and .fam of the same name",
        ".bim": "variants: chromosome, id, position in centimorgans (0: unknown), position, A1 (ALT), "
        "A2 (REF)",
        ".fam": "individuals: family (0: none), id, father, mother, sex (0: unknown), phenotype "
        "(1 control, 2 case, -9 unknown or more than two classes)",
    }

    def write(self, stem: Path, cohort: Cohort) -> None:
        """See `Writer`."""
        snp = 0
        with BedWriter(f"{stem}.bed", len(cohort.sites), len(cohort.samples)) as out:
            for _, dosage in cohort.blocks():
                out.write(snp, 0, dosage)
                snp += len(dosage)
        write_bim(f"{stem}.bim", cohort.sites)
        codes = [code if cohort.binary and code else "-9" for code in cohort.codes]
        write_fam(f"{stem}.fam", cohort.samples, codes)
