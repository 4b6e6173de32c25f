"""Which chromosomes there are, from file names or from an index made by htslib."""

from pathlib import Path

import pytest

from genodiff.annotations.contigs import natural_order, plain
from genodiff.genotypes import chromosomes
from genodiff.genotypes.chromosomes import find_chromosomes, genotype_path, without_genes
from genodiff.genotypes.readers.bgzf_index import index_file
from genodiff.runtime.errors import InputError

SAMPLES = ["a", "b"]


def one_snp(chrom, pos=5):
    return (chrom, pos, ".", "A", "C", ["0/1", "0/0"])


@pytest.mark.parametrize(
    ("name", "bare"),
    [
        ("chr1", "1"),
        ("1", "1"),
        ("CHRX", "X"),
        ("chr", "chr"),
        ("chr22", "22"),
        ("chrM", "MT"),
        ("M", "MT"),
        ("23", "X"),
        ("24", "Y"),
        ("25", "XY"),
        ("26", "MT"),
        ("chr23", "X"),
        ("27", "27"),
        ("chrx", "X"),
        ("mt", "MT"),
        ("0", "0"),
        ("01", "1"),
        ("chr09", "9"),
        ("010", "10"),
    ],
)
def test_plain__drops_a_chr_prefix(name, bare):
    assert plain(name) == bare


def test_natural_order__numbers_before_names():
    assert sorted(["X", "10", "MT", "2", "1"], key=natural_order) == ["1", "2", "10", "MT", "X"]


def test_genotype_path__fills_the_placeholder_everywhere_or_keeps_the_path():
    assert genotype_path("d{chrom}/c{chrom}.vcf.gz", "7") == "d7/c7.vcf.gz"
    assert genotype_path("all.vcf.gz", "7") == "all.vcf.gz"


def test_find_chromosomes__from_file_names_in_natural_order(tmp_path):
    for name in ("chr10", "chr2", "chrX", "chr1"):
        (tmp_path / f"{name}.vcf.gz").touch()
        (tmp_path / f"{name}.vcf.gz.tbi").touch()
    pattern = f"{tmp_path}/chr{{chrom}}.vcf.gz"
    assert find_chromosomes("vcf", pattern, None) == ["1", "2", "10", "X"]
    assert find_chromosomes("vcf", f"{tmp_path}/{{chrom}}.vcf.gz", None) == [
        "chr1",
        "chr2",
        "chr10",
        "chrX",
    ]
    assert find_chromosomes("vcf", pattern, [10, "X"]) == ["10", "X"]


def test_find_chromosomes__brackets_in_a_folder_are_not_wildcards(tmp_path):
    folder = tmp_path / "run[12]"
    folder.mkdir()
    (folder / "1.vcf.gz").touch()
    assert find_chromosomes("vcf", f"{folder}/{{chrom}}.vcf.gz", None) == ["1"]


@pytest.mark.parametrize("index", ["tbi", "csi"])
def test_find_chromosomes__of_one_file_are_the_contigs_with_records(make_vcf, index):
    records = [one_snp("chr10"), one_snp("chr2"), one_snp("chr2", 9), one_snp("chrX")]
    path = make_vcf("all.vcf.gz", records, SAMPLES, ("chr10", "chr2", "chrX", "chr7"), index)
    assert index_file(path) == Path(f"{path}.{index}")
    assert find_chromosomes("vcf", path, None) == ["chr2", "chr10", "chrX"]


def test_find_chromosomes__of_one_file_as_wanted_needs_no_index(make_vcf):
    path = make_vcf("all.vcf.gz", [one_snp("1")], SAMPLES, index=None)
    assert index_file(path) is None
    assert find_chromosomes("vcf", path, [2, 1]) == ["2", "1"]


def test_find_chromosomes__raises_on_no_matching_file(tmp_path):
    with pytest.raises(InputError, match=r"no file matches .*\{chrom\}\.vcf\.gz"):
        find_chromosomes("vcf", f"{tmp_path}/{{chrom}}.vcf.gz", None)


def test_find_chromosomes__raises_on_a_wanted_one_without_a_file(tmp_path):
    (tmp_path / "1.vcf.gz").touch()
    with pytest.raises(InputError, match=r"no file '.*/2\.vcf\.gz' for chromosome 2"):
        find_chromosomes("vcf", f"{tmp_path}/{{chrom}}.vcf.gz", [1, 2])


def test_find_chromosomes__placeholder_in_folder_and_file(tmp_path):
    for folder, file in (("1", "1"), ("2", "2"), ("3", "4")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / f"c{file}.vcf.gz").touch()
    assert find_chromosomes("vcf", f"{tmp_path}/{{chrom}}/c{{chrom}}.vcf.gz", None) == ["1", "2"]


def test_find_chromosomes__raises_on_one_there_under_two_names(make_vcf, tmp_path):
    path = make_vcf("all.vcf.gz", [one_snp("1"), one_snp("chr1")], SAMPLES, ("1", "chr1"))
    with pytest.raises(
        InputError, match=r"all\.vcf\.gz: the same .* twice: 1, chr1; give them one name"
    ):
        find_chromosomes("vcf", path, None)


@pytest.mark.parametrize("wanted", [["1", 1], ["1", "2", "2"], ["chr1", "1"]])
def test_find_chromosomes__raises_on_one_wanted_twice(make_vcf, wanted):
    path = make_vcf("all.vcf.gz", [one_snp("1")], SAMPLES)
    with pytest.raises(InputError, match="twice"):
        find_chromosomes("vcf", path, wanted)


def test_find_chromosomes__raises_on_what_is_not_a_name(make_vcf):
    with pytest.raises(InputError, match="not a chromosome name"):
        find_chromosomes("vcf", make_vcf("all.vcf.gz", [one_snp("1")], SAMPLES), ["1;rm"])


PVAR = "##x\n#CHROM\tPOS\tID\tREF\tALT\nchr10\t5\ta\tA\tC\nchr2\t9\tb\tA\tC\n"
BIM = "chr10 a 0 5 A C\nchr2 b 0 9 A C\nchr2 c 0 10 A C\n"


def plink(folder, source):
    """Empty genotypes beside tables of variants and individuals."""
    names, table = {
        "plink1": (("all.bed", "all.bim", "all.fam"), BIM),
        "plink2": (("all.pgen", "all.pvar", "all.psam"), PVAR),
    }[source]
    for name in names:
        (folder / name).touch()
    (folder / names[1]).write_text(table)
    return str(folder / names[0])


@pytest.mark.parametrize("source", ["plink1", "plink2"])
def test_find_chromosomes__of_one_plink_table(tmp_path, source):
    path = plink(tmp_path, source)
    assert find_chromosomes(source, path, None) == ["chr2", "chr10"]
    assert find_chromosomes(source, path, [7]) == ["7"]


@pytest.mark.parametrize("source", ["vcf", "plink1"])
def test_find_chromosomes__reads_one_file_once_until_it_changes(tmp_path, make_vcf, monkeypatch, source):
    other = make_vcf("other.vcf.gz", [one_snp("7")], SAMPLES, ("7",))
    path = (
        make_vcf("all.vcf.gz", [one_snp("1")], SAMPLES) if source == "vcf" else plink(tmp_path, source)
    )
    cache, read, real = tmp_path / "new" / "contigs.json", [], chromosomes.contigs_with_records
    monkeypatch.setattr(
        chromosomes, "contigs_with_records", lambda *file: read.append(file[1]) or real(*file)
    )
    first = find_chromosomes(source, path, None, cache)
    assert find_chromosomes("vcf", other, None, cache) == ["7"]
    assert find_chromosomes(source, path, None, cache) == first == find_chromosomes(source, path, None)
    assert read == [path, other, path]
    assert [file.name for file in cache.parent.iterdir()] == ["contigs.json"]
    if source == "plink1":
        Path(path).with_suffix(".bim").write_text(BIM + "5 d 0 5 A C\n")
    else:
        make_vcf("all.vcf.gz", [one_snp("1"), one_snp("5")], SAMPLES, ("1", "5"))
    assert "5" in find_chromosomes(source, path, None, cache)
    cache.write_text("{")
    assert "5" in find_chromosomes(source, path, None, cache)
    assert len(read) == 5


def test_find_chromosomes__contigs_that_cannot_name_files_are_not_among_all(make_vcf):
    records = [(name, 5, ".", "A", "C", ["0/1"]) for name in ("1", "HLA-A*01:01")]
    path = make_vcf("x.vcf.gz", records, ["a"], ("1", "HLA-A*01:01"))
    assert find_chromosomes("vcf", path, None) == ["1"]


ANNOTATION = {"feature": "gene", "name": None, "attributes": {"gene_type": ["protein_coding"]}}


def gtf_line(chrom, kind="protein_coding", feature="gene"):
    return f'{chrom}\t.\t{feature}\t1\t9\t.\t+\t.\tgene_id "{chrom}"; gene_type "{kind}";\n'


def test_without_genes__of_listed_genes_only_and_read_once_until_they_change(tmp_path, monkeypatch):
    path, cache, read = tmp_path / "genes.gtf", tmp_path / "contigs.json", []
    lines = gtf_line("chr1"), gtf_line("X"), gtf_line("chr2", "lncRNA"), gtf_line("3", feature="exon")
    path.write_text("".join(lines))
    real = chromosomes.read_genes
    monkeypatch.setattr(
        chromosomes, "read_genes", lambda *args, **named: read.append(args[0]) or real(*args, **named)
    )
    names = ["1", "2", "3", "23", *(f"decoy{i}" for i in range(100))]
    for _ in range(2):
        unread = without_genes(names, str(path), ANNOTATION, cache)
        assert unread == ["2", "3", *(f"decoy{i}" for i in range(100))]
    assert len(read) == 1
    assert "2" not in without_genes(names, str(path), ANNOTATION | {"attributes": {}}, cache)
    path.write_text("".join([*lines, gtf_line("decoy7")]))
    assert "decoy7" not in without_genes(names, str(path), ANNOTATION, cache)
    assert len(read) == 3


@pytest.mark.parametrize("text", [None, "not genes\n", "7\t0\t9\tA\n"])
def test_without_genes__leaves_faults_of_the_gene_list_to_the_job(tmp_path, text):
    path = tmp_path / "genes.bed"
    if text:
        path.write_text(text)
    assert without_genes(["1", "2"], str(path), ANNOTATION) == []
