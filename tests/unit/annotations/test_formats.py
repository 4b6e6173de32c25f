"""What every annotation format must do: the same genes from each, plain and gzipped."""

import gzip

import pytest

from genodiff.annotations.gene import Gene
from genodiff.annotations.lines import write_bed
from genodiff.annotations.read import read_genes
from genodiff.qc.counts import Tally
from genodiff.runtime.errors import InputError

# name, chromosome, start (0-based), end
GENES = [
    ("BRCA2", "chr13", 32315085, 32400268), ("TP53", "chr17", 7661778, 7687546),
    ("inner", "chr17", 7670000, 7670001), ("HLA-A", "chr6", 29941259, 29949572),
]  # fmt: skip


def as_bed(genes):
    return "".join(f"{chrom}\t{start}\t{end}\t{name}\t0\t+\n" for name, chrom, start, end in genes)


def as_gtf(genes):
    lines = ["#!genome-build GRCh38"]
    for i, (name, chrom, start, end) in enumerate(genes):
        shared = f"{chrom}\tHAVANA\t{{}}\t{start + 1}\t{end}\t.\t+\t."
        lines.append(
            shared.format("gene") + f'\tgene_id "ENSG{i}"; gene_type "a;b"; gene_name "{name}";'
        )
        lines.append(shared.format("exon") + f'\tgene_id "ENSG{i}"; exon_number 1; tag "x"; tag "y";')
    return "\n".join(lines) + "\n"


def as_gff3(genes):
    lines = ["##gff-version 3"]
    for i, (name, chrom, start, end) in enumerate(genes):
        shared = f"{chrom}\tsrc\t{{}}\t{start + 1}\t{end}\t.\t+\t."
        lines.append(
            shared.format("gene") + f"\tID=gene:{i};Name={name.replace('-', '%2D')};biotype=x%3By"
        )
        lines += [shared.format("mRNA") + f"\tID=t{i};Parent=gene:{i}", "###"]
    return "\n".join([*lines, "##FASTA", ">chr1", "ACGT"]) + "\n"


WRITERS = {"bed": as_bed, "gtf": as_gtf, "gff3": as_gff3, "gff": as_gff3}


@pytest.fixture(params=[f"{kind}{gz}" for kind in WRITERS for gz in ("", ".gz")])
def write(request, tmp_path):
    """Function (genes) to the path of a file of one format."""

    def of(genes, change=lambda text: text):
        text = change(WRITERS[request.param.split(".")[0]](genes)).encode()
        path = tmp_path / f"genes.{request.param}"
        path.write_bytes(gzip.compress(text) if request.param.endswith("gz") else text)
        return path

    return of


class TestEveryFormat:
    def test_the_same_genes_in_the_order_of_the_file(self, write, tmp_path):
        tally = Tally()
        found = read_genes(write(GENES), tally)
        assert found == [
            Gene(name, chrom.removeprefix("chr"), start, end) for name, chrom, start, end in GENES
        ]
        write_bed(tmp_path / "again.bed", found)
        assert read_genes(tmp_path / "again.bed", Tally()) == found
        assert {gene.spelled for gene in found} == {"chr13", "chr17", "chr6"}
        assert not list(tally)

    @pytest.mark.parametrize("change", ["crlf", "bom", "blank line", "no final newline"])
    def test_oddities_of_text_files(self, write, change):
        changes = {
            "crlf": lambda text: text.replace("\n", "\r\n"), "bom": lambda text: "\ufeff" + text,
            "blank line": lambda text: text + "\n", "no final newline": lambda text: text.rstrip("\n"),
        }  # fmt: skip
        assert read_genes(write(GENES, changes[change]), Tally()) == read_genes(write(GENES), Tally())

    def test_overlapping_and_touching_intervals_of_one_name_are_one_gene(self, write):
        genes = [("A", "1", 50, 90), ("B", "1", 0, 5), ("A", "1", 10, 20), ("A", "1", 20, 60)]
        tally = Tally()
        found = read_genes(write(genes), tally)
        assert found == [Gene("A", "1", 10, 90), Gene("B", "1", 0, 5)]
        assert [(unit, what, str(n)) for unit, what, n in tally] == [("gene", "merged", "2 (A, ...)")]

    @pytest.mark.parametrize(
        "change",
        [
            lambda text: text.replace("32315086", "9e9").replace("32315085", "9e9"),
            lambda text: text.replace("32315086", "-5").replace("32315085", "-5"),
            lambda text: text.replace("32400268", "7"),
        ],
    )
    def test_coordinates_that_are_none(self, write, change):
        with pytest.raises(
            InputError, match=r"genes\..*: line [12]: gene 'BRCA2': start .* not\s+numbers"
        ):
            read_genes(write(GENES, change), Tally())

    @pytest.mark.parametrize("change", [lambda text: "", lambda text: "# nothing\n"])
    def test_no_genes(self, write, change):
        with pytest.raises(InputError, match=r"genes\..*: (contains no genes|no line has 'gene')"):
            read_genes(write(GENES, change), Tally())

    def test_not_text(self, write, tmp_path):
        path = write(GENES)
        spoilt = b"\xff\xfe\x00\x01" * 30
        path.write_bytes(gzip.compress(spoilt) if path.suffix == ".gz" else spoilt)
        with pytest.raises(InputError, match=r"genes\..*: not a text file in UTF-8"):
            read_genes(path, Tally())
        with pytest.raises(InputError, match="no such file"):
            read_genes(tmp_path / f"none{path.name}", Tally())

    def test_cut_short(self, write):
        path = write(GENES * 50, lambda text: text)
        if path.suffix == ".gz":
            path.write_bytes(path.read_bytes()[:-30])
            with pytest.raises(InputError, match="truncated or damaged gzip"):
                read_genes(path, Tally())
        else:
            path.write_text(path.read_text()[:40])
            with pytest.raises(InputError, match=r"line \d: expected|contains no|no line"):
                read_genes(path, Tally())


def test_read_genes__name_must_say_the_format(tmp_path):
    with pytest.raises(
        InputError, match=r"genes\.txt: the suffix does not name an annotation format .* \.bed, \.gtf"
    ):
        read_genes(tmp_path / "genes.txt", Tally())


def test_read_genes__a_name_with_a_tab_stops_where_it_stands(tmp_path):
    path = tmp_path / "x.gff3"
    path.write_text("##gff-version 3\n1\t.\tgene\t5\t9\t.\t+\t.\tID=g1;Name=foo%09bar\n")
    with pytest.raises(InputError, match=r"x\.gff3: line 2: the gene's name 'foo\\tbar' contains a tab"):
        read_genes(path, Tally())
