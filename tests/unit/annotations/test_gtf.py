"""What only GTF and GFF3 have: features, attributes, ids."""

import pytest

from genodiff.annotations.gene import Gene
from genodiff.annotations.read import read_genes
from genodiff.qc.counts import Tally
from genodiff.runtime.errors import InputError

LINE = "{}\tHAVANA\t{}\t{}\t{}\t.\t+\t.\t{}\n"


def gtf(tmp_path, *rows, name="genes.gtf"):
    path = tmp_path / name
    path.write_text("".join(LINE.format(*row) for row in rows))
    return path


def test_gtf__another_feature_and_name(tmp_path):
    rows = [
        ("1", "gene", 1, 9, 'gene_id "g1";'),
        ("1", "transcript", 2, 5, 'gene_id "g1"; transcript_id "t1";'),
        ("1", "transcript", 4, 9, 'gene_id "g1"; transcript_id "t2";'),
    ]
    path = gtf(tmp_path, *rows)
    assert read_genes(path, Tally()) == [Gene("g1", "1", 0, 9)]
    found = read_genes(path, Tally(), feature="transcript", name="transcript_id")
    assert found == [Gene("t1", "1", 1, 5), Gene("t2", "1", 3, 9)]
    # Transcripts of one gene, named by it, are one interval.
    tally = Tally()
    assert read_genes(path, tally, feature="transcript", name="gene_id") == [Gene("g1", "1", 1, 9)]
    assert tally["gene", "merged"] == 1


def test_gtf__lines_without_the_wanted_attributes_are_counted(tmp_path):
    rows = [
        ("1", "gene", 1, 9, 'gene_id "a"; gene_type "protein_coding"; level 2;'),
        ("1", "gene", 1, 9, 'gene_id "b"; gene_type "lncRNA"; level 2;'),
        ("1", "gene", 1, 9, 'gene_id "c"; level 1;'),
    ]
    tally, wanted = Tally(), {"gene_type": ["protein_coding", "miRNA"], "level": ["2"]}
    assert [g.name for g in read_genes(gtf(tmp_path, *rows), tally, attributes=wanted)] == ["a"]
    assert tally["gene", "other_attributes"] == 2


def test_gtf__one_name_in_different_places_gets_its_id(tmp_path):
    """Names such as Y_RNA stand hundreds of times in GENCODE; PAR genes stand on X and Y."""
    rows = [
        ("chr1", "gene", 1, 9, 'gene_id "ENSG1"; gene_name "Y_RNA";'),
        ("chr1", "gene", 90, 99, 'gene_id "ENSG2"; gene_name "Y_RNA";'),
        ("chrX", "gene", 1, 9, 'gene_id "ENSG3.1"; gene_name "PLCXD1";'),
        ("chrY", "gene", 1, 9, 'gene_id "ENSG3.1_PAR_Y"; gene_name "PLCXD1";'),
        ("chr2", "gene", 1, 9, 'gene_id "ENSG4"; gene_name "ONE";'),
    ]
    tally = Tally()
    names = [gene.name for gene in read_genes(gtf(tmp_path, *rows), tally)]
    assert names == ["Y_RNA_ENSG1", "Y_RNA_ENSG2", "PLCXD1_ENSG3.1", "PLCXD1_ENSG3.1_PAR_Y", "ONE"]
    assert str(tally.of("gene")["renamed"]) == "4 (Y_RNA, PLCXD1, ...)"


def test_gtf__one_name_and_one_id_in_different_places_stop(tmp_path):
    rows = [("1", "gene", p, p + 5, 'gene_id "g1"; gene_name "A";') for p in (1, 90)]
    with pytest.raises(InputError, match=r"line 2: gene 'A' is listed twice, .* \(first in line 1\)"):
        read_genes(gtf(tmp_path, *rows), Tally())


@pytest.mark.parametrize(
    ("name", "rows", "arguments", "says"),
    [
        ("a.gtf", [("1", "exon", 1, 9, 'gene_id "g";')] * 3, {}, r"no line has 'gene' .* exon \(3\)"),
        ("a.gtf", [("1", "gene", 1, 9, 'gene_id "g";')], {"name": "x"}, "no attribute x, .*gene_id"),
        ("a.gff3", [("1", "gene", 1, 9, "biotype=x")], {}, "line 1: no attribute Name or ID.*biotype"),
        ("a.gtf", [("1", "gene", 0, 9, 'gene_id "g";')], {}, "line 1: gene 'g': start '0'"),
    ],
)  # fmt: skip
def test_gtf__errors_name_what_is_there(tmp_path, name, rows, arguments, says):
    with pytest.raises(InputError, match=says):
        read_genes(gtf(tmp_path, *rows, name=name), Tally(), **arguments)


@pytest.mark.parametrize("line", ["1 HAVANA gene 1 9 . + . gene_id x", "1\tHAVANA\tgene\t1\t9", "1\tx"])
def test_gtf__lines_that_are_not_nine_columns_stop(tmp_path, line):
    path = tmp_path / "a.gtf"
    path.write_text(LINE.format("1", "gene", 1, 9, 'gene_id "g";') + line + "\n")
    with pytest.raises(InputError, match=r"a\.gtf: line 2: expected the 9 tab-separated columns"):
        read_genes(path, Tally())
