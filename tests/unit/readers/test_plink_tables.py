"""PLINK's tables of individuals and variants, as PLINK and individuals write them."""

import pyarrow as pa
import pytest
from genotype_writers import Variant, write_plink1

from genodiff.genotypes.readers.plink1 import Plink1Reader
from genodiff.genotypes.readers.plink_tables import (
    companion,
    iter_variants,
    read_individuals,
    read_lengths,
    table_contigs,
)
from genodiff.runtime.errors import InputError

PVAR = (
    "##fileformat=PVARv1.0\n##contig=<ID=1,length=249250621>\n##contig=<length=5,ID=2>\n"
    "#CHROM\tPOS\tID\tREF\tALT\tFILTER\n1\t5\trs1\tA\tC,G\tPASS\n2\t7\t.\tT\t.\tq10\n"
)


def write(tmp_path, name, text):
    path = tmp_path / name
    if name.endswith(".zst"):
        with pa.output_stream(str(path), compression="zstd") as file:
            file.write(text.encode())
    else:
        path.write_text(text)
    return str(path)


@pytest.mark.parametrize("name", ["x.pvar", "x.pvar.zst"])
def test_pvar__with_header_filter_and_several_alts(tmp_path, name):
    path = write(tmp_path, name, PVAR)
    assert [tuple(variant) for variant in iter_variants(path)] == [
        ("1", 5, "rs1", "A", ("C", "G"), True), ("2", 7, ".", "T", (), False),
    ]  # fmt: skip
    assert read_lengths(path) == {"1": 249250621, "2": 5}
    assert table_contigs(path) == {"1": 1, "2": 1}
    (tmp_path / "x.pgen").touch()
    assert companion(str(tmp_path / "x.pgen"), "variants") == path


@pytest.mark.parametrize("separator", ["\t", " "])
def test_bim__a1_is_alt_and_zero_is_none(tmp_path, separator):
    rows = [["1", "rs1", "0", "5", "C", "A"], ["1", "rs2", "0.1", "9", "0", "G"]]
    path = write(tmp_path, "x.bim", "".join(separator.join(row) + "\n" for row in rows))
    assert [tuple(variant) for variant in iter_variants(path)] == [
        ("1", 5, "rs1", "A", ("C",), True), ("1", 9, "rs2", "G", (), True),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("x.bim", "1 rs1 0 5 C\n", r"x\.bim: line 1: 5 columns where 6 are expected"),
        (
            "x.bim",
            "1 rs1 0 5 C A\n1 rs1 0 five C A\n",
            r"x\.bim: line 2: position 'five' is not a number",
        ),
        ("x.pvar", "#CHROM\tPOS\tID\tREF\n", r"x\.pvar: line 1: no column ALT in the header"),
    ],
)
def test_iter_variants__raises_with_the_line(tmp_path, name, text, says):
    with pytest.raises(InputError, match=says):
        list(iter_variants(write(tmp_path, name, text)))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("x.fam", "F 007 0 0 1 2\nF NA 0 0 1 2\n"), ("x.psam", "##x\n#FID\tIID\nF\t007\nF\tNA\n"),
        ("x.psam", "#IID\tSEX\n007\t1\nNA\t2\n"),
    ],
)  # fmt: skip
def test_read_individuals__by_individual_id(tmp_path, name, text):
    assert read_individuals(write(tmp_path, name, text)) == ["007", "NA"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("F a 0 0 1 2\nG a 0 0 1 2\n", r"line 2: individual id 'a' occurs twice \(first in line 1\)"),
        ("F\n", "line 1: expected an individual id"), ("", "contains no individuals"),
        ("#FID\tSID\nF\t1\n", "line 1: no column IID"),
    ],
)  # fmt: skip
def test_read_individuals__raises_with_the_line(tmp_path, text, says):
    with pytest.raises(InputError, match=says):
        read_individuals(write(tmp_path, "x.fam", text))


def test_read_individuals__of_a_psam_without_a_header_stop(tmp_path):
    with pytest.raises(InputError, match=r"x\.psam: line 2: the header is missing: expected .* #IID"):
        read_individuals(write(tmp_path, "x.psam", "# made by hand\nF a 0 0 1 2\n"))
    commented = write(tmp_path, "x.psam", "# made by hand\n#IID SEX\na 1\n")
    assert read_individuals(commented) == ["a"]


def test_companion__says_what_is_missing(tmp_path):
    with pytest.raises(InputError, match=r"no .*x\.bim; the three files of PLINK belong together"):
        companion(str(tmp_path / "x.bed"), "variants")
    with pytest.raises(InputError, match=r"a name that ends in \.bed .* or \.pgen"):
        companion(str(tmp_path / "x.vcf"), "individuals")


@pytest.mark.parametrize("individuals", [21, 22, 23, 24])
def test_verify__a_fam_that_lost_a_line_is_seen_in_the_padding_of_the_calls(tmp_path, individuals):
    """Each count takes six bytes a variant; the calls of a 24th individual do not go unnoticed."""
    samples = [f"s{i}" for i in range(24)]
    variants = [
        Variant("1", pos, f"v{pos}", "A", ("C",), [0] * 20 + [2] * 3 + [pos % 3]) for pos in (1, 2, 3)
    ]
    path = write_plink1(tmp_path, variants, samples, {})
    fam = tmp_path / "x.fam"
    fam.write_text("".join(fam.read_text().splitlines(keepends=True)[:individuals]))
    if individuals == 24:
        Plink1Reader(path).verify()
        return
    # A call of two ALT is 00 in a .bed, so variant number 2 shows nothing.
    with pytest.raises(
        InputError, match=rf"2 of 3 variants, number 1 first, .* the {individuals} individuals"
    ):
        Plink1Reader(path).verify()


def test_iter_variants__blank_lines_are_none(tmp_path):
    (tmp_path / "x.bim").write_text("1 a 0 5 C A\n\n1 b 0 7 G T\n \n")
    assert [variant.pos for variant in iter_variants(str(tmp_path / "x.bim"))] == [5, 7]
    assert table_contigs(str(tmp_path / "x.bim")) == {"1": 2}
