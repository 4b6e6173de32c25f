"""`snakemake check`, and genotypes of every format through the workflow."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from genotype_writers import Variant, write_plink1, write_plink2

from genodiff.formats.split import read_split
from genodiff.formats.tensors import Layout, read_individuals
from genodiff.qc.counts import read_counts

BAD_INPUT = Path(__file__).parents[1] / "data/bad-input"
TINY = "tests/workflow/tiny.yaml"


@pytest.fixture(scope="module")
def project(copy_of_project):
    return copy_of_project("check")


def settings(project, name, vcf, genes="00_genes.bed", phenotypes="00_phenotypes.tsv", **more):
    """A configuration of hostile files in the project's copy; gives the arguments of Snakemake."""
    cohort = {
        "source": "vcf", "vcf": str(BAD_INPUT / vcf), "genes": str(BAD_INPUT / genes),
        "phenotypes": str(BAD_INPUT / phenotypes), "label_column": "status",
    }  # fmt: skip
    (project / f"{name}.json").write_text(json.dumps({"cohort": cohort, "results": name} | more))
    return ["check", "--configfile", TINY, f"{name}.json"]


def test_check__summarises_the_inputs_and_a_run_continues_from_there(project, run_workflow):
    good = settings(project, "good", "28_lowercase_and_N_ref.vcf.gz")
    output = run_workflow(project, *good)
    summary = (project / "good/check/summary.txt").read_text()
    assert summary in output
    for line in (
        "Individuals  24: 0 12, 1 12, without a phenotype 0",
        "Controls     0",
        "Chromosomes  2: 1, 2",
        "Build        GRCh37",
        "Genes        4 listed, 4 kept",
        "SNPs         39 kept of 40 records",
        "             1  not a SNP (indel, symbolic or unknown allele)  first: 1:5700",
        "Components   keep ",
        "Test set     4 individuals, too few to tell generators apart",
        "Relatives    cannot be judged: too few independent SNPs",
    ):
        assert line in summary, line
    assert [path.name for path in (project / "good/check").iterdir()] == ["summary.txt"]
    assert {path.name for path in (project / "good").iterdir()} == {
        "benchmarks", "check", "genotypes", "logs", "pca", "split.tsv",
    }  # fmt: skip
    # The summary is printed again when everything is up to date.
    again = run_workflow(project, *good)
    assert summary in again
    assert "Reading the SNPs" in output
    assert "Reading the SNPs" not in again
    # A run reads no genotypes again, whatever its memory.
    more = settings(project, "good", "28_lowercase_and_N_ref.vcf.gz", features={"memory_mb": 3000})
    plan = run_workflow(project, "--dry-run", "good/tensors/layout.json", *more[1:])
    jobs = dict(re.findall(r"^(\w+) +(\d+)$", plan, re.M))
    assert jobs == {"build_tensors": "1", "total": "1"}


def test_check__stops_where_no_gene_is_left_after_saying_why(project, fail_workflow):
    few = {"features": {"min_snps": 100}}
    output = fail_workflow(project, *settings(project, "few", "00_baseline.vcf.gz", **few))
    assert "Genes        4 listed, 0 kept" in output
    assert "Error: no gene has a SNP that passes quality control" in output
    assert output.index("4 listed") < output.index("Error: no gene")
    assert "Traceback" not in output


def test_check__reads_chromosomes_with_genes_only_and_counts_the_others(project, run_workflow):
    """Of 100 decoy contigs, and chromosome 26, which the genes call MT."""
    folder, rng = project / "decoys", np.random.default_rng(4)
    folder.mkdir()
    places = [("1", i) for i in range(1, 21)] + [(f"decoy{i}", 5) for i in range(100)] + [("26", 9)]
    variants = [
        Variant(chrom, pos, f"{chrom}_{pos}", "A", ("C",), rng.integers(0, 3, 60).tolist())
        for chrom, pos in places
    ]
    path = write_plink1(folder, variants, [f"{i:02d}" for i in range(60)], {})
    rows = [f"0 {i:02d} 0 0 1 {1 + i % 2}\n" for i in range(60)]
    Path(path).with_suffix(".fam").write_text("".join(rows))
    (folder / "genes.bed").write_text("chr1\t0\t50\tA\nMT\t0\t50\tB\n")
    own = {
        "cohort": {"source": "plink1", "plink1": path, "genes": "decoys/genes.bed"},
        "results": "decoys/out",
    }
    (project / "decoys.json").write_text(json.dumps(own))
    output = run_workflow(project, "check", "--configfile", TINY, "decoys.json")
    assert re.search(r"^gene_matrices +2$", output, re.M)
    assert "Chromosomes  2: 1, 26" in output
    assert "Genes        2 listed, 2 kept" in output
    assert re.search(r"^Contigs\n +100  not read: .*first: decoy0, decoy1, decoy10$", output, re.M)


def test_check__names_what_is_wrong(project, fail_workflow):
    output = fail_workflow(project, *settings(project, "call", "27b_bad_genotype.vcf.gz"))
    assert "line 23, 1:5550: the call '0/x' of sample 'S01' is not a genotype" in output
    wrong = settings(project, "build", "00_baseline.vcf.gz")
    content = json.loads((project / "build.json").read_text())
    content["cohort"]["build"] = "GRCh38"
    (project / "build.json").write_text(json.dumps(content))
    output = fail_workflow(project, *wrong)
    assert "cohort.build is GRCh38" in output
    assert "the file is of GRCh37" in output


@pytest.mark.parametrize(
    ("vcf", "words"),
    [
        ("17_unsorted_positions.vcf.gz", "not sorted (line 23: 1:5550 comes after position 5850)"),
        ("03b_wrong_index.vcf.gz", "this index belongs to another file"),
        ("18b_zero_bytes.vcf.gz", "the file is empty"),
    ],
)
def test_a_file_that_cannot_be_read_stops_before_any_job(project, fail_workflow, vcf, words):
    output = fail_workflow(project, *settings(project, "stop", vcf), "--dry-run")
    assert words in output
    assert "Traceback" not in output
    assert "Building DAG" not in output


@pytest.fixture(scope="module")
def made():
    """(samples, variants, labels) of 60 individuals; the last one misses half of the calls."""
    rng = np.random.default_rng(8)
    samples = [f"{i:04d}" for i in range(60)]
    variants = []
    for i in range(40):
        calls = rng.integers(0, 3, 60)
        calls[-1] = -1 if i % 2 else calls[-1]
        variants.append(Variant("1", 10 * i + 5, f"rs{i}", "A", ("C",), calls.tolist()))
    return samples, variants, ["1", "2"] * 30


@pytest.mark.parametrize(("source", "write"), [("plink1", write_plink1), ("plink2", write_plink2)])
def test_plink_files_to_tensors(project, run_workflow, made, source, write):
    """The phenotype is the one of PLINK's own table; an individual with many missing calls is left out;
    the cohort is projected onto itself."""
    samples, variants, labels = made
    folder = project / source
    folder.mkdir()
    path = write(folder, variants, samples, {})
    if source == "plink1":
        rows = [f"0 {s} 0 0 1 {label}\n" for s, label in zip(samples, labels, strict=True)]
        Path(path).with_suffix(".fam").write_text("".join(rows))
    else:
        rows = [f"{s}\t{label}\n" for s, label in zip(samples, labels, strict=True)]
        Path(path).with_suffix(".psam").write_text("#IID\tPHENO1\n" + "".join(rows))
    genes = "".join(
        f'1\tx\tgene\t{1 + 100 * i}\t{100 * i + 80}\t.\t+\t.\tgene_id "g{i}"; gene_type "{kind}";\n'
        for i, kind in enumerate(["protein_coding", "protein_coding", "lncRNA", "protein_coding"])
    )
    (folder / "genes.gtf").write_text(genes)
    cohort = {
        "source": source, source: path, "genes": f"{source}/genes.gtf", "between_genes": "nearest",
        "gene_attributes": {"gene_type": ["protein_coding"]},
    }  # fmt: skip
    own = {
        "cohort": cohort, "results": f"{source}/results", "quality": {"max_individual_missing": 0.2},
        "projections": {"again": {"source": source, "path": path}},
    }  # fmt: skip
    (project / f"{source}.json").write_text(json.dumps(own))
    results = project / source / "results"
    target = f"{source}/results/projected/again.parquet"
    run_workflow(
        project, target, f"{source}/results/genotypes/qc.tsv", "--configfile", TINY, f"{source}.json"
    )
    split = read_split(results / "split.tsv").set_index("sample")
    assert split.loc["0059", "set"] == "excluded"
    assert (split["set"] != "excluded").sum() == 59
    assert sorted(split["label"].unique()) == ["1", "2"]
    tally = read_counts(results / "genotypes/individuals.counts.tsv")
    assert str(tally.of("individual")["missing_rate"]) == "1 (0059)"
    assert tally["gene", "other_attributes"] == 1
    layout = Layout.read(results / "tensors/layout.json")
    assert [(gene.gene, gene.snps) for gene in layout.genes] == [("g0", 9), ("g1", 15), ("g3", 16)]
    projected = read_individuals(project / target, layout)
    assert projected.samples == samples
    train = read_individuals(results / "tensors/train.parquet", layout)
    rows = [samples.index(name) for name in train.samples]
    np.testing.assert_array_equal(projected.x[rows], train.x)
    assert "0059" not in train.samples
    assert "persons\t" not in (results / "genotypes/qc.tsv").read_text()
