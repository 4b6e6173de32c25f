"""VCF, compressed by blocks and indexed."""

from pathlib import Path

import numpy as np
import pysam

from genodiff import __version__
from genodiff.formats.common import whole_file
from genodiff.formats.vcf import header_text
from genodiff.release.cohort import Cohort
from genodiff.release.writers.base import Writer

_CALLS = np.array([list(b"\t0/0"), list(b"\t0/1"), list(b"\t1/1")], np.uint8)
SOURCE = f"GenoDiff {__version__} (synthetic individuals)"
# Positions that a .tbi can index.
_TBI_POSITIONS = 2**29


class VcfWriter(Writer):
    """VCF 4.2 with unphased genotypes."""

    files = {
        ".vcf.gz": "genotypes, VCF 4.2 compressed with bgzip; GT only, unphased",
        ".vcf.gz.tbi": "index of the VCF",
        ".vcf.gz.csi": "index of the VCF",
    }

    def write(self, stem: Path, cohort: Cohort) -> None:
        """See `Writer`."""
        with whole_file(f"{stem}.vcf.gz") as temporary:
            with pysam.BGZFile(temporary, "w") as out:
                header = header_text(dict.fromkeys(cohort.contigs), cohort.samples, SOURCE)
                out.write(header.encode())
                for sites, dosage in cohort.blocks():
                    rows = sites[["chrom", "pos", "id", "ref", "alt"]].itertuples(index=False)
                    for site, calls in zip(rows, dosage, strict=True):
                        fixed = "\t".join(map(str, site)) + "\t.\tPASS\t.\tGT"
                        out.write(fixed.encode() + _CALLS[calls].tobytes() + b"\n")
            write_index(f"{stem}.vcf.gz", temporary, "vcf", cohort)


def write_index(path: str, temporary: str, preset: str, cohort: Cohort) -> None:
    """Write the index of the file `temporary`, which will be `path`."""
    csi = preset == "bcf" or cohort.sites["pos"].max() >= _TBI_POSITIONS
    with whole_file(f"{path}.{'csi' if csi else 'tbi'}") as index:
        pysam.tabix_index(temporary, preset=preset, csi=csi, index=index, keep_original=True)
