"""A small released cohort."""

import numpy as np
import pandas as pd
import pytest

from genodiff.formats.plink1 import BedWriter, write_bim
from genodiff.release.cohort import Cohort

SITES = pd.DataFrame(
    {
        "chrom": ["1"] * 5 + ["22"] * 2,
        "pos": [5, 7, 7, 20, 2**28, 1, 9],
        "id": ["rs1", "1:7:A:C", "1:7:A:G", "a-name-of-more-than-fourteen-letters", "NA", "rs2", "rs3"],
        "ref": list("AAACGTT"),
        "alt": list("CCGTAAC"),
    }
)


@pytest.fixture
def cohort_of(tmp_path):
    """Function: a cohort with these labels; `classes` default to the labels, the controls are "no"."""

    def make(labels, classes=None, sites=SITES):
        prefix = str(tmp_path / "decoded")
        rng = np.random.default_rng(0)
        dosage = rng.integers(0, 3, (len(sites), len(labels))).astype(np.int8)
        dosage[1] = 0
        with BedWriter(f"{prefix}.bed", *dosage.shape) as out:
            out.write(0, 0, dosage)
        write_bim(f"{prefix}.bim", sites)
        made = Cohort(prefix, labels, classes or sorted(set(labels) - {None}), "no")
        made.dosage = dosage
        return made

    return make
