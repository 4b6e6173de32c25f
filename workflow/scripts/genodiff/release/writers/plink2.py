"""PLINK 2: pgen, pvar, psam."""

from pathlib import Path

import numpy as np
from pgenlib import PgenWriter

from genodiff.formats.common import whole_file, write_text
from genodiff.release.cohort import Cohort
from genodiff.release.writers.base import Writer


class Plink2Writer(Writer):
    """Hard calls, REF known."""

    files = {
        ".pgen": "genotypes, PLINK 2 binary; use with .pvar and .psam of the same name",
        ".pvar": "variants: #CHROM, POS, ID, REF, ALT",
        ".psam": "individuals: #FID (0: none), IID, SEX (NA: unknown), PHENO1 (1 control, 2 case; with "
        "more than two classes the class)",
    }

    def write(self, stem: Path, cohort: Cohort) -> None:
        """See `Writer`."""
        size = {"variant_ct": len(cohort.sites), "nonref_flags": False}
        with (
            whole_file(f"{stem}.pgen") as temporary,
            PgenWriter(temporary.encode(), len(cohort.samples), **size) as out,
        ):
            for _, dosage in cohort.blocks():
                out.append_biallelic_batch(np.ascontiguousarray(dosage))
        with whole_file(f"{stem}.pvar") as temporary:
            columns = {"chrom": "#CHROM", "pos": "POS", "id": "ID", "ref": "REF", "alt": "ALT"}
            cohort.sites[list(columns)].rename(columns=columns).to_csv(temporary, sep="\t", index=False)
        rows = zip(cohort.samples, cohort.codes, strict=True)
        lines = [f"0\t{sample}\tNA\t{code or 'NA'}\n" for sample, code in rows]
        write_text(f"{stem}.psam", "#FID\tIID\tSEX\tPHENO1\n" + "".join(lines))
