"""Chromosomes of a configuration, and its paths seen from elsewhere."""

import pysam
import pytest

from genodiff.runtime.errors import InputError
from genodiff.workflow.settings import load
from genodiff.workflow.settings.paths import check_folder, chromosomes, make_paths_absolute

# Features are fitted to the cohort itself.
OWN = {"features": {"basis": None}}


def write_indexed(path):
    """A VCF without records, bgzipped and indexed."""
    with pysam.BGZFile(str(path), "w") as out:
        out.write(b"##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\ta\n")
    pysam.tabix_index(str(path), preset="vcf", keep_original=True)


def test_chromosomes__of_a_simulated_cohort(loaded):
    assert chromosomes(loaded("cohort: {simulate: {chromosomes: 3}}")) == (["1", "2", "3"], [])


def test_chromosomes__raises_on_a_file_without_index_before_any_job(tmp_path):
    path = tmp_path / "c1.vcf.gz"
    write_indexed(path)
    (tmp_path / "c1.vcf.gz.tbi").unlink()
    cohort = {"source": "vcf", "vcf": f"{tmp_path}/c{{chrom}}.vcf.gz"}
    with pytest.raises(InputError, match=r"c1\.vcf\.gz: no index"):
        chromosomes(OWN | {"cohort": cohort})


def test_chromosomes__of_a_vcf_cohort_are_looked_for(tmp_path):
    for name in ("chr10", "chr2", "chrX"):
        write_indexed(tmp_path / f"cohort.{name}.vcf.gz")
    cohort = {"source": "vcf", "vcf": f"{tmp_path}/cohort.{{chrom}}.vcf.gz"}
    assert chromosomes(OWN | {"cohort": cohort}) == (["chr2", "chr10", "chrX"], [])
    assert chromosomes(OWN | {"cohort": cohort | {"chromosomes": ["chrX"]}}) == (["chrX"], [])
    with pytest.raises(InputError, match=r"no file .* for chromosome chr3"):
        chromosomes(OWN | {"cohort": cohort | {"chromosomes": ["chr3"]}})


def test_chromosomes__without_genes_are_left_out_unless_they_are_asked_for(tmp_path):
    """And their files are not looked at."""
    for name in ("1", "2", "GL000008"):
        write_indexed(tmp_path / f"{name}.vcf.gz")
    (tmp_path / "GL000008.vcf.gz.tbi").unlink()
    (tmp_path / "genes.bed").write_text("chr2\t0\t9\tA\n")
    cohort = {
        "source": "vcf", "vcf": f"{tmp_path}/{{chrom}}.vcf.gz", "genes": str(tmp_path / "genes.bed"),
        "gene_feature": "gene", "gene_name": None, "gene_attributes": {},
    }  # fmt: skip
    assert chromosomes(OWN | {"cohort": cohort}) == (["2"], ["1", "GL000008"])
    assert chromosomes(OWN | {"cohort": cohort | {"chromosomes": ["1", "2"]}}) == (["1", "2"], [])


def test_make_paths_absolute__files_of_the_user_and_none_of_the_workflow(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    projections = {
        "other": {"source": "vcf", "path": "resultset/o.bcf", "phenotypes": "o.tsv"},
        "bare": {"source": "vcf", "path": "/far/b.bcf"},
    }
    paths = {"theirs": "theirs.seed{seed}.parquet", "other": "./results/projected/other.parquet"}
    config = load(
        {
            "cohort": {"source": "plink1", "plink1": "in/chr{chrom}.bed", "genes": "../genes.bed"},
            "projections": projections, "plugins": ["own", "/far/own"],
            "generators": {name: {"kind": "external", "path": path} for name, path in paths.items()},
        }
    )  # fmt: skip
    make_paths_absolute(config, config["results"])
    assert config["cohort"]["plink1"] == f"{tmp_path}/in/chr{{chrom}}.bed"
    assert config["cohort"]["genes"] == f"{tmp_path.parent}/genes.bed"
    assert "phenotypes" not in config["cohort"]
    assert config["projections"]["other"]["path"] == f"{tmp_path}/resultset/o.bcf"
    assert config["projections"]["other"]["phenotypes"] == f"{tmp_path}/o.tsv"
    assert config["projections"]["bare"]["path"] == "/far/b.bcf"
    assert config["projections"]["bare"]["phenotypes"] is None
    assert config["generators"]["theirs"]["path"] == f"{tmp_path}/theirs.seed{{seed}}.parquet"
    assert config["generators"]["other"]["path"] == paths["other"]
    assert config["plugins"] == [f"{tmp_path}/own", "/far/own"]
    assert config["results"] == "results"


def test_make_paths_absolute__another_split_has_files_in_the_results_of_the_whole(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    cohort = {"source": "vcf", "vcf": "results/a.bcf", "phenotypes": "p.tsv", "genes": "g.bed"}
    config = load({"cohort": cohort, "results": "results/splits/1"})
    make_paths_absolute(config, "results")
    assert config["cohort"]["vcf"] == "results/a.bcf"
    assert config["cohort"]["genes"] == f"{tmp_path}/g.bed"


def test_check_folder__may_be_new_but_no_file(tmp_path):
    (tmp_path / "genes.bed").touch()
    for path in ("", "new", "new/one"):
        check_folder("results", str(tmp_path / path))
    for path in ("genes.bed", "genes.bed/x"):
        with pytest.raises(InputError, match=r"results: '.*genes\.bed' is a file; name a folder"):
            check_folder("results", str(tmp_path / path))
