"""PLINK 1 files of synthetic individuals, read back by bed-reader."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from bed_reader import open_bed

from genodiff.formats.plink1 import BedWriter, iter_dosages, read_bim, write_bim, write_fam

SITES = pd.DataFrame(
    {"chrom": ["1", "X"], "pos": [5, 7], "id": ["rs1", "NA"], "ref": ["A", "G"], "alt": ["C", "T"]}
)


def files(folder, dosage, blocks):
    """The prefix of files with these dosages (V, N), written by blocks of (SNPs, individuals)."""
    prefix = str(folder / "x")
    with BedWriter(f"{prefix}.bed", *dosage.shape) as out:
        for snps, individuals in blocks:
            out.write(snps.start or 0, individuals.start or 0, dosage[snps, individuals])
    return prefix


@pytest.mark.parametrize("individuals", [1, 2, 3, 4, 5, 33])
def test_bed__has_the_dosages_whatever_the_blocks(tmp_path, individuals):
    dosage = np.random.default_rng(individuals).integers(0, 3, (6, individuals)).astype(np.int8)
    cuts = [0, *sorted({min(individuals, c) for c in (1, 3, 8, 9, 30)}), individuals]
    columns = [slice(a, b) for a, b in pairwise(cuts)]
    blocks = [(rows, own) for own in columns[::-1] for rows in (slice(2, 6), slice(0, 2))]
    prefix = files(tmp_path, dosage, blocks)
    read = open_bed(f"{prefix}.bed", individuals, 6, skip_format_check=True).read(dtype="int8")
    np.testing.assert_array_equal(read.T, dosage)
    found = list(iter_dosages(prefix, individuals, 6, block_bytes=4 * individuals))
    assert [part for part, _ in found] == [slice(0, 4), slice(4, 6)]
    np.testing.assert_array_equal(np.concatenate([own for _, own in found]), dosage)


@pytest.mark.parametrize("wrong", [-1, 3])
def test_bed__refuses_what_is_no_dosage_and_leaves_no_file(tmp_path, wrong):
    with pytest.raises(ValueError, match="not 0, 1 or 2"):
        files(tmp_path, np.array([[0, wrong]], np.int8), [(slice(0, 1), slice(0, 2))])
    assert list(tmp_path.iterdir()) == []


def test_bed__without_snps_or_individuals_is_a_file(tmp_path):
    for shape in ((0, 3), (3, 0)):
        prefix = files(tmp_path, np.empty(shape, np.int8), [])
        assert (tmp_path / "x.bed").read_bytes() == b"\x6c\x1b\x01"
        assert sum(len(own) for _, own in iter_dosages(prefix, shape[1], shape[0])) in (0, shape[0])


def test_tables__return_what_was_written(tmp_path):
    write_bim(tmp_path / "x.bim", SITES)
    pd.testing.assert_frame_equal(read_bim(tmp_path / "x.bim"), SITES, check_dtype=False)
    write_fam(tmp_path / "x.fam", ["SYN1", "SYN2"], ["1", "-9"])
    assert (tmp_path / "x.fam").read_text() == "0\tSYN1\t0\t0\t0\t1\n0\tSYN2\t0\t0\t0\t-9\n"
