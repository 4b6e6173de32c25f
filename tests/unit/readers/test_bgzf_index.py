"""What TBI and CSI indexes made by htslib say."""

import gzip
from pathlib import Path

import pysam
import pytest

from genodiff.errors import InputError
from genodiff.genotypes.index import indexed_contigs, indexed_records, read_index

SAMPLES = ["a", "b"]
RECORDS = [
    (chrom, pos, ".", "A", "C", ["0/1", "0/0"])
    # Positions far apart, so that there are several bins, and many at one place.
    for chrom, positions in (("2", [5, 5, 9, 40_000, 300_000_000]), ("X", [7]))
    for pos in positions
]


@pytest.mark.parametrize("index", ["tbi", "csi"])
def test_indexed_records__counts_the_records_of_each_contig(make_vcf, index):
    path = make_vcf("all.vcf.gz", RECORDS, SAMPLES, ("1", "2", "X"), index)
    assert read_index(path) == [("2", 5), ("X", 1)]
    assert [indexed_records(path, contig, ["1", "2", "X"]) for contig in ("1", "2", "X")] == [0, 5, 1]


def test_indexed_records__of_a_bcf_goes_by_its_header(make_vcf, tmp_path):
    text = make_vcf("all.vcf.gz", RECORDS, SAMPLES, ("1", "2", "X"), None)
    path = str(tmp_path / "all.bcf")
    with pysam.VariantFile(text) as source, pysam.VariantFile(path, "wb", header=source.header) as out:
        for record in source:
            out.write(record)
    pysam.tabix_index(path, preset="bcf", keep_original=True, csi=True)
    # htslib counts nothing for a contig of the header that has no records.
    assert [indexed_records(path, contig, ["1", "2", "X"]) for contig in ("1", "2", "X")] == [None, 5, 1]
    with pytest.raises(InputError, match=r"names no contigs; list them under cohort\.chromosomes"):
        indexed_contigs(path)


@pytest.mark.parametrize(
    "content",
    [
        b"plain text, not gzip",
        b"",
        gzip.compress(b"BAI\1" + bytes(60)),
        gzip.compress(b"TBI\1" + bytes(2)),
        gzip.compress(b"CSI\1" + bytes(20)),
        gzip.compress(b"TBI\1" + bytes(60))[:20],
        gzip.compress(b"TBI\1", mtime=0)[:10] + b"\xff" * 30,  # a block type that deflate lacks
    ],
    ids=["text", "empty", "other magic", "short", "no names", "cut", "corrupt"],
)
def test_indexed_contigs__raises_on_an_index_it_cannot_read(tmp_path, content):
    path = tmp_path / "x.vcf.gz"
    path.write_bytes(b"\x1f\x8b\x08\x04 the rest of a bgzipped file")
    Path(f"{path}.tbi").write_bytes(content)
    with pytest.raises(InputError, match=r"x\.vcf\.gz\.tbi"):
        indexed_contigs(str(path))


def test_read_index__says_whether_the_file_is_there_and_bgzipped(tmp_path):
    with pytest.raises(InputError, match=r"x\.vcf\.gz: no such file"):
        read_index(str(tmp_path / "x.vcf.gz"))
    (tmp_path / "x.vcf.gz").write_bytes(gzip.compress(b"##fileformat=VCFv4.2"))
    with pytest.raises(InputError, match=r"x\.vcf\.gz: not compressed with bgzip; run bgzip"):
        read_index(str(tmp_path / "x.vcf.gz"))
