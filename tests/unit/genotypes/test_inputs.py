"""Whether genotype files, chromosomes and genes fit together."""

import logging
import shutil

import pytest

from genodiff.annotations.contigs import plain
from genodiff.annotations.gene import Gene
from genodiff.genotypes.inputs import GenotypeFiles, Inspection, inspect_genes, inspect_genotypes
from genodiff.qc.counts import Tally
from genodiff.runtime.errors import InputError


def snp(chrom, pos, individuals):
    return (chrom, pos, ".", "A", "C", ["0/1"] * individuals)


def files(**paths):
    return GenotypeFiles("vcf", {name.removeprefix("c"): path for name, path in paths.items()})


def with_lengths(text, **lengths):
    for name, length in lengths.items():
        text = text.replace(f"##contig=<ID={name}>", f"##contig=<ID={name},length={length}>")
    return text


def test_inspect_genotypes__individuals_contigs_lengths_and_build(tmp_path, make_text, index_text):
    text = make_text([snp("chr1", 5, 2), snp("chr2", 7, 2)], ["a", "b"], ("chr1", "chr2", "other"))
    path = index_text(tmp_path / "x.vcf.gz", with_lengths(text, chr1=248956422, chr2=242193529))
    found = inspect_genotypes(files(c1=path, c2=path), None)
    assert found == Inspection(
        ["a", "b"], {"1": "chr1", "2": "chr2"}, {"1": 248956422, "2": 242193529}, "GRCh38"
    )
    assert inspect_genotypes(files(c1=path), "GRCh38").build == "GRCh38"
    with pytest.raises(InputError, match=r"cohort\.build is GRCh37"):
        inspect_genotypes(files(c1=path), "GRCh37")
    with pytest.raises(InputError, match="no contig '3'"):
        inspect_genotypes(files(c3=path), None)


def test_inspect_genotypes__order_of_individuals_may_differ_but_not_who_they_are(make_vcf, caplog):
    first = make_vcf("1.vcf.gz", [snp("1", 5, 3)], ["a", "b", "c"])
    turned = make_vcf("2.vcf.gz", [snp("2", 5, 3)], ["c", "a", "b"], ("2",))
    with caplog.at_level(logging.INFO, logger="genodiff"):
        assert inspect_genotypes(files(c1=first, c2=turned), None).samples == ["a", "b", "c"]
    assert "individuals in another order than in" in caplog.text
    more = make_vcf("m.vcf.gz", [snp("2", 5, 4)], ["c", "a", "z", "b"], ("2",))
    with pytest.raises(
        InputError, match=r"m\.vcf\.gz: 1 of its 4 individuals are not in .*1\.vcf\.gz, for example 'z'"
    ):
        inspect_genotypes(files(c1=first, c2=more), None)
    fewer = make_vcf("f.vcf.gz", [snp("2", 5, 2)], ["c", "a"], ("2",))
    with pytest.raises(
        InputError, match=r"1\.vcf\.gz: 1 of its 3 individuals are not in .*f\.vcf\.gz, for example 'b'"
    ):
        inspect_genotypes(files(c1=first, c2=fewer), None)


def test_inspect_genotypes__a_chromosome_without_records_stops(make_vcf):
    one, two = (
        make_vcf(f"{name}.vcf.gz", [snp(name, 5, 1)], ["a"], ("1", "2", "3")) for name in ("1", "2")
    )
    with pytest.raises(InputError, match=r"2\.vcf\.gz: no record on chromosome '1'; .* are on 2\. "):
        inspect_genotypes(files(c1=two, c2=one), None)
    with pytest.raises(InputError, match=r"1\.vcf\.gz: no record on chromosome '3'.*remove it from"):
        inspect_genotypes(files(c1=one, c3=one), None)
    none = make_vcf("none.vcf.gz", [], ["a"], ("1", "2"))
    with pytest.raises(InputError, match=r"none\.vcf\.gz: .* '2'; it has no records"):
        inspect_genotypes(files(c1=one, c2=none), None)


@pytest.mark.parametrize("several", [False, True])
def test_inspect_genotypes__says_which_records_are_not_used(make_vcf, caplog, several):
    records = [snp("1", 5, 1), snp("2", 5, 1), snp("X", 5, 1)]
    path = make_vcf("1.vcf.gz", records, ["a"], ("1", "2", "X"))
    other = make_vcf("2.vcf.gz", [snp("2", 5, 1)], ["a"], ("2",))
    with caplog.at_level(logging.INFO, logger="genodiff"):
        inspect_genotypes(files(c1=path, c2=other) if several else files(c1=path), None)
    said = [r for r in caplog.records if "its records on 2, X are not used" in r.getMessage()]
    assert [r.levelno for r in said] == [logging.WARNING if several else logging.INFO]


def test_inspect_genes__names_each_chromosome_that_has_a_number_and_letters(caplog):
    """A prefix once; and PLINK's pseudo-autosomal records are not those of X."""
    contigs = {name: name for name in ("1", "2", "23", "26")}
    genes = [
        Gene(spelled, plain(spelled), 0, 9, spelled) for spelled in ("chr1", "chr2", "chrX", "chrM")
    ]
    inspect_genes(
        genes, "genes.bed", Inspection(["a"], contigs, {}, None, unused=["25", "decoy"]), Tally()
    )
    said = [record.getMessage() for record in caplog.records]
    assert [line.split(" in the")[0] for line in said if "named" in line] == [
        f"chromosomes are named {name!r}" for name in ("1", "23", "26")
    ]
    assert "records on 25 belong to the pseudo-autosomal regions of X and are not used" in caplog.text


INSPECTION = Inspection(["a"], {"1": "chr1", "2": "chr2"}, {"1": 1000}, None)


def test_inspect_genes__counts_those_elsewhere_and_beyond_the_end(caplog):
    genes = [
        Gene("in", "1", 0, 1000), Gene("beyond", "1", 990, 1001), Gene("unknown", "2", 0, 10**9),
        Gene("x", "X", 0, 5),
    ]  # fmt: skip
    tally = Tally()
    inspect_genes(genes, "genes.bed", INSPECTION, tally)
    assert {what: str(n) for what, n in tally.of("gene").items()} == {
        "on_other_chromosomes": "1 (x (X))", "beyond_the_chromosome": "1 (beyond)",
    }  # fmt: skip
    assert "genes on chromosomes without genotypes: 1 (x (X))" in caplog.text
    assert (
        "1 genes end beyond the end of their chromosome, for example 'beyond' (1:1001, 1000"
        in caplog.text
    )


def test_inspect_genes__none_on_any_chromosome_stops():
    with pytest.raises(
        InputError, match=r"no gene is on a chromosome .* of the genes: 7; of the genotypes: 1, 2. Give"
    ):
        inspect_genes([Gene("a", "7", 0, 5)], "genes.bed", INSPECTION, Tally())


@pytest.mark.parametrize(("spelled", "said"), [("1", True), ("chr1", False)])
def test_inspect_genes__says_where_chromosomes_are_spelled_otherwise(spelled, said, caplog):
    inspect_genes([Gene("a", "1", 0, 5, spelled)], "genes.bed", INSPECTION, Tally())
    assert ("chromosomes are named 'chr1' in the genotypes and '1'" in caplog.text) is said


def test_inspect_genotypes__the_same_note_on_several_files_is_one_warning(tmp_path, repository, caplog):
    source = repository / "tests/data/bad-input/21_non_utf8_header.vcf.gz"
    for name in ("1", "2"):
        for end in ("", ".tbi"):
            shutil.copyfile(f"{source}{end}", tmp_path / f"{name}.vcf.gz{end}")
    paths = {f"c{i}": str(tmp_path / f"{n}.vcf.gz") for i, n in ((1, 1), (2, 2))}
    with caplog.at_level(logging.INFO, logger="genodiff"):
        inspect_genotypes(files(**paths), None)
    warnings = [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING]
    (note,) = (text for text in warnings if "not UTF-8" in text)
    assert note.endswith("(and 1 more such notes: see the log)")
    assert sum("not UTF-8" in record.getMessage() for record in caplog.records) == 2
