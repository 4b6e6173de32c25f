"""BED files of genes."""

import pytest

from genodiff.annotations.assignment import Assignment
from genodiff.annotations.gene import Gene, genes_of
from genodiff.annotations.read import read_genes
from genodiff.qc.counts import Tally
from genodiff.runtime.errors import InputError


def bed(tmp_path, content):
    path = tmp_path / "genes.bed"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize(("pos", "inside"), [(10, False), (11, True), (20, True), (21, False)])
def test_intervals__are_zero_based_half_open(pos, inside):
    # [10, 20) counts from 0: the 11th to the 20th base.
    assert Assignment([Gene("g", "1", 10, 20)]).genes_at(pos) == [0] * inside


def test_read_bed__in_file_order_with_extra_columns_headers_and_blank_lines(tmp_path):
    content = "#chrom\nbrowser x\ntrack name=y\nchr2\t5\t9\tB\t0\t+\n\n1\t0\t3\tA\n   \nX 7 8 C\r\n"
    assert read_genes(bed(tmp_path, content), Tally()) == [
        Gene("B", "2", 5, 9),
        Gene("A", "1", 0, 3),
        Gene("C", "X", 7, 8),
    ]


def test_read_bed__keeps_a_name_with_blanks_when_columns_are_tabs(tmp_path):
    assert read_genes(bed(tmp_path, "1\t0\t3\tHLA region\n"), Tally())[0].name == "HLA region"


def test_read_bed__ignores_a_byte_order_mark(tmp_path):
    genes = read_genes(bed(tmp_path, b"\xef\xbb\xbf1\t0\t3\tA\n1\t5\t6\tB\n"), Tally())
    assert [gene.chrom for gene in genes] == ["1", "1"]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("1\t5\t9", "got 3 columns"),
        ("1\t5\t9\t ", "expected chrom, start, end, name"),
        ("1\tfive\t9\tB", "'five'"),
        ("1\t9\t9\tB", "0 <= start < end"),
        ("1\t-1\t9\tB", "0 <= start < end"),
        ("1\t9\t5\tB", "0 <= start < end"),
        ("1\t1.5\t9\tB", "0 <= start < end"),
        ("1\t\u00b2\t9\tB", "0 <= start < end"),
        ("1\t5\t9\tA", "'A' is listed twice, at different positions .first in line 2."),
    ],
)
def test_read_bed__raises_with_file_and_line(tmp_path, line, says):
    path = bed(tmp_path, f"#head\n1\t0\t4\tA\n{line}\n")
    with pytest.raises(InputError, match=rf"genes\.bed: line 3: .*{says}"):
        read_genes(path, Tally())


@pytest.mark.parametrize(
    ("content", "says"),
    [("", "contains no genes"), ("#x\n", "contains no genes"), (b"\xff\xfe1", "text file in UTF-8")],
)
def test_read_bed__raises_on_a_file_without_genes(tmp_path, content, says):
    with pytest.raises(InputError, match=rf"genes\.bed: .*{says}"):
        read_genes(bed(tmp_path, content), Tally())


def test_read_bed__raises_on_no_file(tmp_path):
    with pytest.raises(InputError, match=r"genes\.bed: no such file"):
        read_genes(tmp_path / "genes.bed", Tally())


def test_genes_of__one_chromosome_by_start_end_and_name():
    a, b, c, d = Gene("a", "1", 5, 9), Gene("b", "1", 5, 7), Gene("c", "1", 0, 99), Gene("d", "1", 5, 7)
    assert genes_of([d, a, Gene("x", "11", 0, 1), b, c], "chr1") == [c, b, d, a]
    assert genes_of([a], "2") == []
