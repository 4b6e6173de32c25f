"""What TBI and CSI indexes made by htslib say."""

import gzip
from pathlib import Path

import pysam
import pysam.bcftools
import pytest

from genodiff.genotypes.readers.bgzf import check_bgzip
from genodiff.genotypes.readers.bgzf_index import first_contig, index_file, read_index
from genodiff.genotypes.readers.files import contigs_with_records, genotype_files
from genodiff.genotypes.readers.vcf import VcfReader
from genodiff.runtime.errors import InputError

SAMPLES = ["a", "b"]
RECORDS = [
    (chrom, pos, ".", "A", "C", ["0/1", "0/0"])
    # Positions far apart, so that there are several bins, and many at one place.
    for chrom, positions in (("2", [5, 5, 9, 40_000, 300_000_000]), ("X", [7]))
    for pos in positions
]


def names_and_records(path):
    return [(contig.name, contig.records) for contig in read_index(path)]


@pytest.mark.parametrize("index", ["tbi", "csi"])
def test_read_index__counts_the_records_of_each_contig(make_vcf, index):
    path = make_vcf("all.vcf.gz", RECORDS, SAMPLES, ("1", "2", "X"), index)
    assert index_file(path) == Path(f"{path}.{index}")
    assert names_and_records(path) == [("2", 5), ("X", 1)]
    assert first_contig(read_index(path)) == 0
    assert contigs_with_records("vcf", path) == ["2", "X"]
    assert genotype_files("vcf", path) == [path, f"{path}.{index}"]


def test_read_index__of_a_bcf_goes_by_its_header(make_vcf, tmp_path):
    text = make_vcf("all.vcf.gz", RECORDS, SAMPLES, ("1", "2", "X"), None)
    path = str(tmp_path / "all.bcf")
    with pysam.VariantFile(text) as source, pysam.VariantFile(path, "wb", header=source.header) as out:
        for record in source:
            out.write(record)
    pysam.tabix_index(path, preset="bcf", keep_original=True, csi=True)
    # htslib counts nothing for a contig of the header that has no records.
    assert names_and_records(path) == [(None, None), (None, 5), (None, 1)]
    assert first_contig(read_index(path)) == 1
    assert contigs_with_records("vcf", path) == ["2", "X"]


@pytest.mark.parametrize("numbers", [(1, 2, 0), (0, 2, 5)], ids=["another order", "gaps"])
def test_a_bcf_calls_its_contigs_by_their_idx_not_by_their_order(make_vcf, tmp_path, numbers):
    """The lines of 1, 2 and X stand in that order; the records' numbers are those of IDX=."""
    with gzip.open(make_vcf("all.vcf.gz", RECORDS, SAMPLES, ("1", "2", "X"), None), "rt") as file:
        text = file.read()
    for name, number in zip("12X", numbers, strict=True):
        text = text.replace(f"##contig=<ID={name}>", f"##contig=<ID={name},IDX={number}>")
    (tmp_path / "plain.vcf").write_text(text)
    path = str(tmp_path / "all.bcf")
    pysam.bcftools.view("-Ob", "-o", path, str(tmp_path / "plain.vcf"), catch_stdout=False)
    pysam.tabix_index(path, preset="bcf", keep_original=True, csi=True)
    with pysam.VariantFile(path) as file:
        expected = [(record.chrom, record.pos) for record in file]
    assert expected == [(chrom, pos) for chrom, pos, *_ in RECORDS]
    assert set(contigs_with_records("vcf", path)) == {"2", "X"}
    reader = VcfReader(path)
    reader.verify()
    found = [(name, site.pos) for name in ("1", "2", "X") for site in reader.sites(name)]
    assert found == expected


def test_read_index__of_a_file_without_records(make_vcf):
    path = make_vcf("none.vcf.gz", [], SAMPLES)
    assert first_contig(read_index(path)) is None
    assert contigs_with_records("vcf", path) == []


@pytest.mark.parametrize(
    "content",
    [
        b"plain text, not gzip",
        b"",
        gzip.compress(b"BAI\1" + bytes(60), mtime=0),
        gzip.compress(b"TBI\1" + bytes(2), mtime=0),
        gzip.compress(b"TBI\1" + bytes(60), mtime=0)[:20],
        gzip.compress(b"TBI\1", mtime=0)[:10] + b"\xff" * 30,  # a block type that deflate lacks
    ],
    ids=["text", "empty", "other magic", "short", "cut", "corrupt"],
)
def test_read_index__raises_on_an_index_it_cannot_read(make_vcf, content):
    path = make_vcf("x.vcf.gz", RECORDS, SAMPLES, ("2", "X"))
    Path(f"{path}.tbi").write_bytes(content)
    with pytest.raises(InputError, match=r"x\.vcf\.gz\.tbi: unreadable index .*tabix -f -p vcf"):
        read_index(path)


def test_genotype_files__raises_without_an_index(make_vcf):
    path = make_vcf("all.vcf.gz", RECORDS, SAMPLES, ("2", "X"), None)
    assert index_file(path) is None
    with pytest.raises(InputError, match=r"no index .*tabix -p vcf .*all\.vcf\.gz"):
        genotype_files("vcf", path)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "the file is empty"),
        (b"##fileformat=VCFv4.2\n", r"not compressed with bgzip \(plain text\)"),
        (b"PAR1 something", "neither VCF nor BCF"),
        (
            gzip.compress(b"##fileformat=VCFv4.2\n", mtime=0),
            "compressed with gzip, not bgzip; recompress it",
        ),
        (b"\x1f\x8b\x08\x04 and the rest", "truncated: the BGZF EOF marker"),
    ],
    ids=["empty", "plain VCF", "neither", "gzip", "cut"],
)
def test_check_bgzip__says_what_a_file_is_instead(tmp_path, content, says):
    path = tmp_path / "x.vcf.gz"
    with pytest.raises(InputError, match=r"x\.vcf\.gz: no such file"):
        check_bgzip(path)
    path.write_bytes(content)
    with pytest.raises(InputError, match=rf"x\.vcf\.gz: .*{says}"):
        check_bgzip(path)


def test_read_index__takes_the_csi_as_htslib_does_and_says_how_to_make_it_anew(make_vcf, tmp_path):
    path = make_vcf("x.vcf.gz", RECORDS, SAMPLES, ("1", "2", "X"), "tbi")
    other = make_vcf("other.vcf.gz", RECORDS[:1], SAMPLES, ("1", "2", "X"), "csi")
    Path(f"{other}.csi").rename(f"{path}.csi")
    with pytest.raises(InputError, match=rf"bcftools index -f {path}"):
        list(VcfReader(path).sites("2"))
    pysam.bcftools.index("-f", path, catch_stdout=False)
    VcfReader(path).verify()
    assert len(list(VcfReader(path).sites("2"))) == 5


def test_a_vcf_need_not_name_its_contigs(make_vcf, tmp_path):
    with gzip.open(make_vcf("all.vcf.gz", RECORDS, SAMPLES, ("1", "2", "X"), None), "rt") as file:
        lines = [line for line in file if not line.startswith("##contig")]
    path = tmp_path / "bare.vcf"
    path.write_text("".join(lines))
    pysam.tabix_index(str(path), preset="vcf")
    reader = VcfReader(f"{path}.gz")
    reader.verify()
    assert list(reader.contigs) == ["2", "X"]
    assert [site.pos for site in reader.sites("X")] == [7]
    assert contigs_with_records("vcf", f"{path}.gz") == ["2", "X"]
