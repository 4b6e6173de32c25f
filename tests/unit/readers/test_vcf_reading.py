"""iter_snps on small VCFs written by hand."""

import re
from collections import Counter

import numpy as np
import pysam
import pytest

from genodiff.errors import InputError
from genodiff.genotypes.vcf import iter_snps, open_vcf, read_samples

SAMPLES = ["a", "b", "c"]
CALLS = ["0/0", "0/1", "1/1"]


def snp(pos, calls=CALLS, ref="A", alt="C", chrom="1", name="."):
    return (chrom, pos, name, ref, alt, calls)


def read(path, samples=SAMPLES, chromosome="1"):
    """(SNPs, counts) of a file."""
    counts = Counter()
    return list(iter_snps(path, chromosome, samples, counts)), counts


def test_iter_snps__gives_position_alleles_and_dosages(make_vcf):
    path = make_vcf("x.vcf.gz", [snp(7, name="rs7"), snp(9, ["1|0", "./.", "1|1"], "g", "t")], SAMPLES)
    first, second = read(path)[0]
    assert (first.chrom, first.pos, first.id, first.ref, first.alt) == ("1", 7, "rs7", "A", "C")
    assert (second.pos, second.id, second.ref, second.alt) == (9, ".", "G", "T")
    assert first.dosage.dtype == np.int8
    assert first.dosage.tolist() == [0, 1, 2]
    assert second.dosage.tolist() == [1, -1, 2]


@pytest.mark.parametrize("call", ["./.", ".|.", ".", "./1", "1/.", ".|0", "0|."])
def test_iter_snps__half_missing_is_missing(make_vcf, call):
    path = make_vcf("x.vcf.gz", [snp(7, [call, "0/1", "1/1"])], SAMPLES)
    assert read(path)[0][0].dosage.tolist() == [-1, 1, 2]


@pytest.mark.parametrize(
    ("calls", "dosage", "reason"),
    [
        (["0", "1", "0/1"], [-1, -1, 1], {"calls_not_diploid": 2}),
        (["0", "1", "."], [-1, -1, -1], {"calls_not_diploid": 2}),
        (["0/0/1", "0/1", "./."], [-1, 1, -1], {"calls_not_diploid": 1}),
        (["0/3", "2/2", "1/1"], [-1, -1, 2], {"calls_of_unknown_allele": 2}),
    ],
)
def test_iter_snps__call_that_is_no_diploid_genotype_is_missing_and_counted(
    make_vcf, calls, dosage, reason
):
    """Whatever one person's call is, another's stays what it was: no call decides about the record."""
    found, counts = read(make_vcf("x.vcf.gz", [snp(7, calls)], SAMPLES))
    assert found[0].dosage.tolist() == dosage
    assert counts == {"records": 1} | reason


def test_iter_snps__counts_calls_of_the_wanted_people_only(make_vcf):
    found, counts = read(make_vcf("x.vcf.gz", [snp(7, ["0/0/1", "0/1", "1"])], SAMPLES), ["b"])
    assert found[0].dosage.tolist() == [1]
    assert counts == {"records": 1}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"alt": "C,G"}, "multiallelic"),
        ({"alt": "C,*"}, "multiallelic"),
        ({"alt": "."}, "no_alternate_allele"),
        ({"alt": "*"}, "not_a_snp"),
        ({"alt": "<DEL>"}, "not_a_snp"),
        ({"alt": "CA"}, "not_a_snp"),
        ({"ref": "AT"}, "not_a_snp"),
        ({"ref": "N"}, "not_a_snp"),
        ({"alt": "a"}, "not_a_snp"),  # the reference base once more
    ],
)
def test_iter_snps__counts_what_is_not_a_diploid_biallelic_snp(make_vcf, changes, reason):
    path = make_vcf("x.vcf.gz", [snp(5), snp(7, **changes), snp(9)], SAMPLES)
    snps, counts = read(path)
    assert [s.pos for s in snps] == [5, 9]
    assert counts == {"records": 3, reason: 1}


def test_iter_snps__keeps_the_first_of_repeated_records(make_vcf):
    records = [snp(5, name="first"), snp(5, alt="c", name="again"), snp(5, alt="T"), snp(6)]
    snps, counts = read(make_vcf("x.vcf.gz", records, SAMPLES))
    assert [(s.pos, s.alt, s.id) for s in snps] == [(5, "C", "first"), (5, "T", "."), (6, "C", ".")]
    assert counts == {"records": 4, "duplicate": 1}


def test_iter_snps__counts_a_record_without_genotypes(tmp_path, make_text, index_text):
    text = make_text([snp(5), snp(7, ["1", "2", "3"]), snp(9)], SAMPLES)
    text = text.replace("GT\t1\t2\t3", "DP\t1\t2\t3")
    snps, counts = read(index_text(tmp_path / "x.vcf.gz", text))
    assert [s.pos for s in snps] == [5, 9]
    assert counts.total() - counts["records"] == 1


@pytest.mark.parametrize("wanted", [["c", "a"], ["b"], ["b", "c", "a"]])
def test_iter_snps__dosages_follow_the_wanted_samples(make_vcf, wanted):
    dosage = dict(zip(SAMPLES, [0, 1, 2], strict=True))
    path = make_vcf("x.vcf.gz", [snp(7)], SAMPLES)
    assert read(path, wanted)[0][0].dosage.tolist() == [dosage[name] for name in wanted]


@pytest.mark.parametrize(("contig", "asked"), [("chr2", "2"), ("2", "chr2"), ("chr2", "chr2")])
def test_iter_snps__reads_one_chromosome_with_or_without_chr(make_vcf, contig, asked):
    others = ("1", contig, "chr22")
    path = make_vcf("x.vcf.gz", [snp(3), snp(4, chrom=contig), snp(5, chrom="chr22")], SAMPLES, others)
    snps, counts = read(path, chromosome=asked)
    assert [(s.chrom, s.pos) for s in snps] == [("2", 4)]
    assert counts == {"records": 1}


@pytest.mark.parametrize("index", ["tbi", "csi"])
def test_iter_snps__reads_with_either_index(make_vcf, index):
    assert len(read(make_vcf("x.vcf.gz", [snp(3), snp(4)], SAMPLES, index=index))[0]) == 2


def test_iter_snps__reads_bcf(make_vcf, tmp_path):
    path = str(tmp_path / "x.bcf")
    with (
        pysam.VariantFile(make_vcf("x.vcf.gz", [snp(3)], SAMPLES)) as vcf,
        pysam.VariantFile(path, "wb", header=vcf.header) as out,
    ):
        for record in vcf:
            out.write(record)
    pysam.tabix_index(path, preset="bcf")
    assert read(path)[0][0].dosage.tolist() == [0, 1, 2]


def test_iter_snps__raises_without_an_index(make_vcf):
    path = make_vcf("x.vcf.gz", [snp(3)], SAMPLES, index=None)
    with pytest.raises(InputError, match=r"no index beside it.*tabix -p vcf"):
        read(path)


def test_iter_snps__raises_on_an_absent_contig(make_vcf):
    with pytest.raises(InputError, match=r"x\.vcf\.gz: no contig '3'.*Contigs there: 1"):
        read(make_vcf("x.vcf.gz", [snp(3)], SAMPLES), chromosome="3")


def test_iter_snps__raises_on_an_absent_sample(make_vcf):
    with pytest.raises(InputError, match=r"1 of the 2 people .* 'z' for one"):
        read(make_vcf("x.vcf.gz", [snp(3)], SAMPLES), ["a", "z"])


def test_iter_snps__raises_on_unsorted_positions(tmp_path, make_text, index_text):
    # tabix refuses an unsorted file, so the index is that of a sorted one with lines as long.
    path = tmp_path / "x.vcf.gz"
    index_text(path, make_text([snp(100), snp(200), snp(300)], SAMPLES))
    index_text(path, make_text([snp(100), snp(300), snp(200)], SAMPLES), index=None)
    with pytest.raises(InputError, match=r"x\.vcf\.gz: 1:200 comes after 1:300"):
        read(str(path))


def damaged(tmp_path, make_text, index_text, change):
    """Path of a VCF of many blocks whose bytes went through `change` after indexing."""
    rng = np.random.default_rng(0)
    names = [f"s{i}" for i in range(200)]
    calls = rng.choice(["0/0", "0/1", "1/1"], (600, len(names)))
    path = tmp_path / "x.vcf.gz"
    index_text(path, make_text([snp(i + 1, row.tolist()) for i, row in enumerate(calls)], names))
    assert len(read(str(path), names)[0]) == 600
    path.write_bytes(change(path.read_bytes()))
    return str(path), names


def test_iter_snps__raises_on_a_file_cut_short(tmp_path, make_text, index_text):
    # An interrupted copy or download: the second half of the chromosome must not vanish unseen.
    path, names = damaged(tmp_path, make_text, index_text, lambda b: b[: len(b) // 2])
    with pytest.raises(InputError, match=r"x\.vcf\.gz"):
        read(path, names)


def test_iter_snps__raises_on_damaged_blocks(tmp_path, make_text, index_text):
    def spoil(content):
        half = len(content) // 2
        return (
            content[:half]
            + bytes(b ^ 0x5A for b in content[half : half + 2000])
            + content[half + 2000 :]
        )

    path, names = damaged(tmp_path, make_text, index_text, spoil)
    with pytest.raises(InputError, match=r"x\.vcf\.gz"):
        read(path, names)


def test_iter_snps__raises_on_a_malformed_record(tmp_path, make_text, index_text):
    text = make_text([snp(5), snp(7, ["what", "0/1", "0/1"])], SAMPLES)
    with pytest.raises(InputError, match=r"x\.vcf\.gz"):
        read(index_text(tmp_path / "x.vcf.gz", text))


def test_read_samples__in_file_order(make_vcf):
    assert read_samples(make_vcf("x.vcf.gz", [snp(3, CALLS)], ["c", "a", "007"])) == ["c", "a", "007"]


def test_read_samples__raises_on_none_and_on_repeated_ones(tmp_path, make_text, index_text):
    text = make_text([], ["a", "b"])
    repeated = index_text(tmp_path / "twice.vcf.gz", text.replace("\ta\tb", "\ta\ta"), None)
    with pytest.raises(InputError, match=r"twice\.vcf\.gz"):
        read_samples(repeated)
    nobody = index_text(tmp_path / "nobody.vcf.gz", text.replace("\tFORMAT\ta\tb", ""), None)
    with pytest.raises(InputError, match=r"nobody\.vcf\.gz: holds no samples"):
        read_samples(nobody)


@pytest.mark.parametrize("content", [None, b"", b"hello\n", b"\x1f\x8b\x08\x04no"])
def test_open_vcf__raises_on_what_is_not_a_vcf(tmp_path, content):
    path = tmp_path / "x.vcf.gz"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=re.escape(str(path))):
        open_vcf(path)
