"""PLINK 1: bed, bim, fam."""

import shutil
from pathlib import Path

from genodiff.formats.common import whole_file
from genodiff.formats.plink1 import write_bim, write_fam
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
        with whole_file(f"{stem}.bed") as temporary:
            shutil.copyfile(f"{cohort.prefix}.bed", temporary)
        write_bim(f"{stem}.bim", cohort.sites)
        codes = [code if cohort.binary and code else "-9" for code in cohort.codes]
        write_fam(f"{stem}.fam", cohort.samples, codes)
