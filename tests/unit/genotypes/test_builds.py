"""Genome builds by the lengths of chromosomes."""

import re
from pathlib import Path

import pytest

from genodiff.genotypes.builds import BUILDS, check_build, guess_build
from genodiff.genotypes.readers.vcf_header import read_header
from genodiff.runtime.errors import InputError

DATA = Path(__file__).parents[3].parent / "shared/data/1kg-hm3"


def test_builds__have_every_chromosome_and_differ_in_each():
    for lengths in BUILDS.values():
        assert list(lengths) == [*map(str, range(1, 23)), "X", "Y"]
    for name in BUILDS["GRCh37"]:
        assert len({lengths[name] for lengths in BUILDS.values()}) == len(BUILDS)


@pytest.mark.parametrize("build", BUILDS)
def test_guess_build__from_any_chromosome_with_or_without_chr(build):
    for name, length in BUILDS[build].items():
        assert guess_build({f"chr{name}": length, "chrUn_1": 5}) == build
    assert guess_build(BUILDS[build]) == build
    assert guess_build({"1": BUILDS[build]["1"], "2": 5}) is None


def test_guess_build__nothing_known():
    assert guess_build({}) is None
    assert guess_build({"scaffold": 17}) is None


def test_check_build__stops_with_file_contig_lengths_and_what_it_seems():
    lengths = {"chr2": 242193529}
    check_build(None, lengths, "x.vcf.gz")
    check_build("GRCh38", lengths, "x.vcf.gz")
    check_build("GRCh37", {}, "x.vcf.gz")
    check_build("GRCh37", {"scaffold": 5}, "x.vcf.gz")
    says = "x.vcf.gz: cohort.build is GRCh37, whose chromosome 2 has 243199373 bases, but contig "
    says += "'chr2' has 242193529"
    with pytest.raises(InputError, match=re.escape(says) + ".*the file is of GRCh38"):
        check_build("GRCh37", lengths, "x.vcf.gz")


@pytest.mark.skipif(not DATA.is_dir(), reason="no shared/data/1kg-hm3 beside the project")
def test_guess_build__of_real_files():
    paths = sorted(DATA.glob("*.vcf.gz"))
    assert paths
    for path in paths:
        assert guess_build(read_header(path).contigs) == "GRCh37"
