"""iter_snps on small VCFs written by hand."""

import re
import shutil
from pathlib import Path

import numpy as np
import pysam
import pytest

from genodiff.genotypes.readers import bgzf_index, open_genotypes, vcf
from genodiff.genotypes.readers.bgzf import END_MARKER
from genodiff.genotypes.snps import iter_snps
from genodiff.qc.counts import Tally
from genodiff.runtime.errors import InputError

SAMPLES = ["a", "b", "c"]
CALLS = ["0/0", "0/1", "1/1"]


def snp(pos, calls=CALLS, ref="A", alt="C", chrom="1", name="."):
    return (chrom, pos, name, ref, alt, calls)


def read(path, samples=SAMPLES, chromosome="1"):
    """(SNPs, counts of records, counts of calls) of a file."""
    tally = Tally()
    snps = list(iter_snps(open_genotypes("vcf", path), chromosome, samples, tally))
    return snps, *({what: str(n) for what, n in tally.of(unit).items()} for unit in ("record", "call"))


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
        (["0", "1", "0/1"], [-1, -1, 1], {"not_diploid": "2 (1:7, ...)"}),
        (["0", "1", "."], [-1, -1, -1], {"not_diploid": "2 (1:7, ...)"}),
        (["0/0/1", "0/1", "./."], [-1, 1, -1], {"not_diploid": "1 (1:7)"}),
        (["0/3", "2/2", "1/1"], [-1, -1, 2], {"unknown_allele": "2 (1:7 a, ...)"}),
        (["./1", "0|.", "1/1"], [-1, -1, 2], {"half_missing": "2 (1:7, ...)"}),
        (["./.", ".", "1/1"], [-1, -1, 2], {}),
    ],
)
def test_iter_snps__call_that_is_no_diploid_genotype_is_missing_and_counted(
    make_vcf, calls, dosage, reason
):
    """Whatever one individual's call is, another's stays what it was: no call decides about the
    record."""
    found, records, odd = read(make_vcf("x.vcf.gz", [snp(7, calls)], SAMPLES))
    assert found[0].dosage.tolist() == dosage
    assert (records, odd) == ({}, reason)


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
    snps, counts, _ = read(path)
    assert [s.pos for s in snps] == [5, 9]
    assert counts == {reason: "1 (1:7)"}


def test_iter_snps__keeps_the_first_of_repeated_records(make_vcf):
    other = ["1/1", "0/1", "1/1"]
    records = [
        snp(5, name="first"),
        snp(5, alt="c", name="again"),
        snp(5, alt="T"),
        snp(6),
        snp(6, other),
    ]
    snps, counts, _ = read(make_vcf("x.vcf.gz", records, SAMPLES))
    assert [(s.pos, s.alt, s.id) for s in snps] == [(5, "C", "first"), (5, "T", "."), (6, "C", ".")]
    assert snps[2].dosage.tolist() == [0, 1, 2]
    assert counts == {"duplicate": "1 (1:5)", "duplicate_conflict": "1 (1:6)"}


def test_iter_snps__counts_a_record_without_genotypes(tmp_path, make_text, index_text):
    text = make_text([snp(5), snp(7, ["1", "2", "3"]), snp(9)], SAMPLES)
    text = text.replace("GT\t1\t2\t3", "DP\t1\t2\t3")
    snps, counts, _ = read(index_text(tmp_path / "x.vcf.gz", text))
    assert [s.pos for s in snps] == [5, 9]
    assert counts == {"no_genotypes": "1 (1:7)"}


def test_iter_snps__skips_what_is_not_wanted_without_looking_at_its_calls(make_vcf):
    path, tally = make_vcf("x.vcf.gz", [snp(5, ["0", "1", "0/1"]), snp(7)], SAMPLES), Tally()
    found = iter_snps(open_genotypes("vcf", path), "1", SAMPLES, tally, wanted=lambda pos: pos > 6)
    assert [s.pos for s in found] == [7]
    assert [(unit, what, str(n)) for unit, what, n in tally] == [("record", "not_in_a_gene", "1 (1:5)")]


@pytest.mark.parametrize(("value", "passed"), [("PASS", True), (".", True), ("q10", False)])
def test_iter_snps__filter_is_looked_at_when_asked_for(tmp_path, make_text, index_text, value, passed):
    text = make_text([snp(5)], SAMPLES).replace(
        "##contig", '##FILTER=<ID=q10,Description="x">\n##contig'
    )
    path = index_text(tmp_path / "x.vcf.gz", text.replace("C\t.\t.\t", f"C\t.\t{value}\t"))
    for passed_only in (False, True):
        tally = Tally()
        reader = open_genotypes("vcf", path)
        found = list(iter_snps(reader, "1", SAMPLES, tally, passed_only=passed_only))
        assert len(found) == (passed or not passed_only)
        assert tally["record", "filter_not_passed"] == 1 - len(found)


@pytest.mark.parametrize("wanted", [["c", "a"], ["b"], ["b", "c", "a"]])
def test_iter_snps__dosages_follow_the_wanted_samples(make_vcf, wanted):
    dosage = dict(zip(SAMPLES, [0, 1, 2], strict=True))
    path = make_vcf("x.vcf.gz", [snp(7)], SAMPLES)
    assert read(path, wanted)[0][0].dosage.tolist() == [dosage[name] for name in wanted]


@pytest.mark.parametrize(("contig", "asked"), [("chr2", "2"), ("2", "chr2"), ("chr2", "chr2")])
def test_iter_snps__reads_one_chromosome_with_or_without_chr(make_vcf, contig, asked):
    others = ("1", contig, "chr22")
    path = make_vcf("x.vcf.gz", [snp(3), snp(4, chrom=contig), snp(5, chrom="chr22")], SAMPLES, others)
    snps, counts, _ = read(path, chromosome=asked)
    assert [(s.chrom, s.pos) for s in snps] == [("2", 4)]
    assert counts == {}


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
    with pytest.raises(InputError, match=r"no index.*tabix -p vcf"):
        read(path)


def test_iter_snps__raises_on_an_absent_contig(make_vcf):
    with pytest.raises(InputError, match=r"x\.vcf\.gz: no contig '3'.*Contigs of the file: 1"):
        read(make_vcf("x.vcf.gz", [snp(3)], SAMPLES), chromosome="3")


def test_iter_snps__raises_on_an_absent_sample(make_vcf):
    with pytest.raises(InputError, match=r"1 of the 2 individuals .* for example 'z'"):
        read(make_vcf("x.vcf.gz", [snp(3)], SAMPLES), ["a", "z"])


def test_iter_snps__raises_on_unsorted_positions(tmp_path, make_text, index_text):
    # tabix refuses an unsorted file, so the index is that of a sorted one with lines as long.
    path = tmp_path / "x.vcf.gz"
    index_text(path, make_text([snp(100), snp(200), snp(300)], SAMPLES))
    index_text(path, make_text([snp(100), snp(300), snp(200)], SAMPLES), index=None)
    with pytest.raises(InputError, match=r"x\.vcf\.gz: not sorted: 1:200 comes after 1:300"):
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


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            "what",
            "unreadable after record 1: line 7, 1:7: the call 'what' of sample 'b' is not a genotype",
        ),
        ("0/1\t0/1", "line 7, 1:7: 13 columns, where the header has 12"),
    ],
)
def test_iter_snps__a_malformed_record_is_found_and_named(tmp_path, make_text, index_text, change, says):
    text = make_text([snp(5), snp(7, ["0/1", change, "0/1"])], SAMPLES)
    with pytest.raises(InputError, match=rf"x\.vcf\.gz: 1: {says}"):
        read(index_text(tmp_path / "x.vcf.gz", text))


def test_open_genotypes__individuals_in_file_order(make_vcf):
    path = make_vcf("x.vcf.gz", [snp(3, CALLS)], ["c", "a", "007"])
    assert open_genotypes("vcf", path).samples == ["c", "a", "007"]


def test_open_genotypes__raises_on_no_individuals_and_on_repeated_ones(tmp_path, make_text, index_text):
    text = make_text([], ["a", "b"])
    repeated = index_text(tmp_path / "twice.vcf.gz", text.replace("\ta\tb", "\ta\ta"), None)
    with pytest.raises(
        InputError, match=r"twice\.vcf\.gz: line 5 .*'a' occurs twice, in columns 10 and 11"
    ):
        open_genotypes("vcf", repeated)
    none = index_text(tmp_path / "no_samples.vcf.gz", text.replace("\tFORMAT\ta\tb", ""), None)
    with pytest.raises(InputError, match=r"no_samples\.vcf\.gz: line 5: no samples"):
        open_genotypes("vcf", none)


@pytest.mark.parametrize("content", [None, b"", b"hello\n", b"\x1f\x8b\x08\x04no"])
def test_open_genotypes__raises_on_what_is_not_a_vcf(tmp_path, content):
    path = tmp_path / "x.vcf.gz"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=re.escape(str(path))):
        open_genotypes("vcf", str(path))


@pytest.mark.parametrize("markers", [0, 2, 3])
def test_verify__end_markers_within_reason(make_vcf, markers):
    """Files put together by `cat` end in several empty blocks; one that ends in none was cut."""
    path = make_vcf("x.vcf.gz", [snp(3), snp(9)], SAMPLES)
    with open(path, "rb") as file:
        content = file.read()
    assert content.endswith(END_MARKER)
    with open(path, "wb") as file:
        file.write(content.removesuffix(END_MARKER) + markers * END_MARKER)
    if markers:
        open_genotypes("vcf", path).verify()
        assert len(read(path)[0]) == 2
    else:
        with pytest.raises(InputError, match="truncated: the BGZF EOF marker"):
            open_genotypes("vcf", path)


def test_verify__index_of_another_file(make_vcf, tmp_path):
    path = make_vcf("x.vcf.gz", [snp(p) for p in range(1, 400)], SAMPLES)
    other = make_vcf("y.vcf.gz", [snp(p) for p in range(1, 1400)], SAMPLES)
    shutil.copy(f"{other}.tbi", f"{path}.tbi")
    with pytest.raises(InputError, match=r"x\.vcf\.gz\.tbi: this index belongs to another file"):
        open_genotypes("vcf", path).verify()
    # A file that is longer than its index knows: records at its end would be lost.
    shutil.copy(make_vcf("z.vcf.gz", [snp(1)], SAMPLES) + ".tbi", f"{other}.tbi")
    with pytest.raises(InputError, match=r"y\.vcf\.gz\.tbi: this index belongs to another file"):
        open_genotypes("vcf", other).verify()


def test_verify__index_that_does_not_know_the_first_contig(make_vcf, monkeypatch):
    path = make_vcf("x.vcf.gz", [snp(5), snp(6, chrom="2")], SAMPLES, ("1", "2"))
    whole = bgzf_index.read_index(path)
    monkeypatch.setattr(vcf, "read_index", lambda p: whole[1:])
    with pytest.raises(
        InputError, match="the first record is on '2' in the index and on '1' in the file"
    ):
        open_genotypes("vcf", path).verify()


def test_iter_snps__files_put_together_with_cat_are_called_so(make_vcf, tmp_path):
    parts = [make_vcf(f"{n}.vcf.gz", [snp(n)], SAMPLES, index=None) for n in (7, 9)]
    path = tmp_path / "both.vcf.gz"
    path.write_bytes(b"".join(Path(part).read_bytes() for part in parts))
    pysam.tabix_index(str(path), preset="vcf")
    with pytest.raises(InputError, match=r"line 7: a header in the middle .*bcftools concat"):
        read(str(path))
