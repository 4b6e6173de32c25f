"""SNPs of known alleles: each call is read by itself, in every format."""

import shutil
import subprocess

import pysam.bcftools
import pytest

from genodiff.genotypes.readers import open_genotypes
from genodiff.genotypes.snps import iter_known_snps
from genodiff.qc.counts import Tally

SAMPLES = [f"S{i}" for i in range(6)]
HEADER = """\
##fileformat=VCFv4.2
##contig=<ID=1,length=99>
##FORMAT=<ID=GT,Number=1,Type=String,Description=G>
"""
# The panel has C/A at 5, and C/A and C/T at 9.
KNOWN = {5: [("C", "A")], 9: [("C", "A"), ("C", "T")]}


def write_vcf(path, records):
    columns = ["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", *SAMPLES]
    lines = [
        "\t".join(["1", str(pos), ".", ref, alt, ".", ".", ".", "GT", *calls.split()])
        for pos, ref, alt, calls in records
    ]
    text = path.with_suffix(".txt")
    text.write_text(HEADER + "\t".join(columns) + "\n" + "".join(f"{line}\n" for line in lines))
    pysam.bcftools.view("-Oz", "-o", str(path), str(text), catch_stdout=False)
    pysam.bcftools.index("-f", str(path), catch_stdout=False)
    return path


@pytest.fixture(params=["vcf", "plink2", "plink1"])
def read(request, tmp_path):
    """Function: what is read of records, by position and alleles, and the tally."""
    source = request.param
    if source != "vcf" and not shutil.which("plink2"):
        pytest.skip("no plink2 here (Debian: apt-get install plink2)")

    def make(records, known=KNOWN):
        if source == "plink1" and any("," in alt for _, _, alt, _ in records):
            pytest.skip("a .bed has two alleles")
        path = write_vcf(tmp_path / "x.vcf.gz", records)
        if source != "vcf":
            form = {"plink1": "--make-bed", "plink2": "--make-pgen"}[source]
            command = ["plink2", "--vcf", path, form, "--out", tmp_path / "x", "--allow-extra-chr"]
            subprocess.run(command, check=True, capture_output=True)
            path = tmp_path / {"plink1": "x.bed", "plink2": "x.pgen"}[source]
        tally = Tally()
        snps = iter_known_snps(open_genotypes(source, str(path)), "1", SAMPLES, tally, known)
        found = {(s.pos, s.ref, s.alt): (s.dosage.tolist(), s.listed) for s in snps}
        return found, tally

    return make


def test_a_record_of_both_alleles_and_one_with_the_reference_alone(read):
    found, _ = read([(5, "C", "A", "0/0 0/1 1/1 ./. 0/0 0/1"), (9, "C", ".", "0/0 0/0 ./. 0/0 0/0 0/0")])
    assert found[5, "C", "A"] == ([0, 1, 2, -1, 0, 1], True)
    for alt in "AT":
        assert found[9, "C", alt] == ([0, 0, -1, 0, 0, 0], False)


def test_a_third_allele_is_missing_of_its_carriers_only(read):
    found, tally = read(
        [(5, "C", "T,A", "0/0 0/1 2/2 1/2 ./. 0/2"), (9, "C", "G", "0/0 0/1 1/1 0/0 0/0 0/0")]
    )
    assert found[5, "C", "A"] == ([0, -1, 2, -1, -1, 1], True)
    for alt in "AT":
        assert found[9, "C", alt] == ([0, -1, -1, 0, 0, 0], False)
    assert not tally.of("call")


def test_a_carrier_more_or_less_changes_nobody_else(read):
    """Of an individual with any genotype the others keep theirs."""
    others = "0/0 0/0 ./. 0/0 0/0"
    rest = []
    for own, alt in (("0/0", "."), ("0/1", "A"), ("1/1", "A"), ("0/1", "T"), ("./.", ".")):
        found, _ = read([(5, "C", alt, f"{own} {others}")])
        rest.append(found[5, "C", "A"][0][1:])
    assert rest == [[0, 0, -1, 0, 0]] * 5


def test_exchanged_alleles_and_a_carrier_of_the_other_one(read):
    found, _ = read([(5, "A", ".", "0/0 0/0 0/0 0/0 0/0 ./."), (9, "A", "C", "0/0 0/1 1/1 0/0 0/0 0/0")])
    assert found == {
        (5, "A", "C"): ([0, 0, 0, 0, 0, -1], False), (9, "A", "C"): ([0, 1, 2, 0, 0, 0], True),
    }  # fmt: skip


def test_other_alleles_come_without_dosages(read):
    found, _ = read([(5, "G", "T", "0/0 0/1 1/1 0/0 0/0 0/0")])
    assert found == {(5, "G", "T"): ([], True)}


def test_of_split_records_the_one_with_the_allele_counts(read):
    calls = "0/0 0/1 0/0 0/0 0/0 0/0", "0/0 0/0 0/0 1/1 0/0 0/0"
    found, tally = read([(9, "C", "A", calls[0]), (9, "C", "T", calls[1])])
    assert found == {
        (9, "C", "A"): ([0, 1, 0, 0, 0, 0], True), (9, "C", "T"): ([0, 0, 0, 2, 0, 0], True),
    }  # fmt: skip
    twice, tally = read([(5, "C", "A", calls[0]), (5, "C", "A", calls[1])])
    assert twice[5, "C", "A"][0] == [0, 1, 0, 0, 0, 0]
    assert tally["record", "duplicate"] == 1


def test_what_is_no_snp_or_elsewhere_is_counted(read):
    found, tally = read(
        [(4, "C", "A", "0/0 0/1 1/1 0/0 0/0 0/0"), (5, "CA", "C", "0/0 0/1 1/1 0/0 0/0 0/0")]
    )
    assert not found
    assert tally["record", "not_in_the_models"] == 1
    assert tally["record", "not_a_snp"] == 1
