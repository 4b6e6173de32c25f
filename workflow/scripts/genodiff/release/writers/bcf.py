"""BCF, indexed."""

from pathlib import Path

import pysam

from genodiff.formats.common import whole_file
from genodiff.formats.vcf import UNPHASED, bcf_header, bcf_record, header_text
from genodiff.release.cohort import Cohort
from genodiff.release.writers.base import Writer
from genodiff.release.writers.vcf import SOURCE, write_index


class BcfWriter(Writer):
    """BCF 2.2 with unphased genotypes."""

    files = {
        ".bcf": "genotypes, BCF 2.2; GT only, unphased",
        ".bcf.csi": "index of the BCF",
    }

    def write(self, stem: Path, cohort: Cohort) -> None:
        """See `Writer`."""
        number = {name: i for i, name in enumerate(cohort.contigs)}
        with whole_file(f"{stem}.bcf") as temporary:
            with pysam.BGZFile(temporary, "w") as out:
                header = header_text(dict.fromkeys(cohort.contigs), cohort.samples, SOURCE)
                out.write(bcf_header(header))
                for sites, dosage in cohort.blocks():
                    rows = sites[["chrom", "pos", "id", "ref", "alt"]].itertuples(index=False)
                    for site, calls in zip(rows, dosage, strict=True):
                        alleles = UNPHASED[calls].ravel()
                        chrom, pos, name, *both = site
                        out.write(bcf_record(number[chrom], pos, name, tuple(both), alleles))
            write_index(f"{stem}.bcf", temporary, "bcf", cohort)
