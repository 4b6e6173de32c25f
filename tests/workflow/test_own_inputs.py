"""A user's own inputs: read again when they are replaced, checked before they are used."""

import json
import os
import shutil
from pathlib import Path

import pytest

from genodiff.formats.split import read_split
from genodiff.formats.tensors import Layout, read_individuals

REPORTED = Path(__file__).parents[1] / "data/reported"


@pytest.fixture
def case(repository, tmp_path):
    """Function: a reported cohort in a folder of its own, and the arguments of Snakemake for it."""

    def copy(name):
        folder = tmp_path / name
        shutil.copytree(REPORTED / name, folder)
        arguments = ["--snakefile", str(repository / "Snakefile"), "--configfile", "config.yaml", "--"]
        return folder, arguments

    return copy


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (
            "02_projection_no_snp_in_common",
            "0 of the 40 SNPs of the models are found; 40 SNPs",
        ),
        (
            "03_mixed_builds",
            "chr2.vcf.gz is of GRCh38 (contig '1' has 248956422 bases), but chr1.vcf.gz",
        ),
        ("04_projection_other_build", "projections.other: other.vcf.gz is of GRCh38"),
    ],
)
def test_check__stops_at_cohorts_of_another_build(case, fail_workflow, name, words):
    folder, arguments = case(name)
    output = fail_workflow(folder, *arguments, "check")
    assert words in output
    assert "Traceback" not in output
    # Nothing is projected.
    assert not list((folder / "results").glob("projected/**/*.scores.parquet"))
    assert not (folder / "results/tensors").exists()


def test_13_a_table_replaced_by_an_older_one_is_read_again(case, run_workflow):
    folder, arguments = case("13_older_table")
    target = "results/split.tsv"
    run_workflow(folder, *arguments, target)
    before = read_split(folder / target).set_index("sample")["label"]
    table, data = folder / "people.tsv", folder / "data.tsv"
    old, swap = table.read_text(), {"case": "control", "control": "case"}
    # Under a symbolic link, as in a folder of data; the old file and the new one have the same size.
    table.rename(data)
    table.symlink_to(data)
    os.utime(table, (1e9, 1e9), follow_symlinks=False)
    run_workflow(folder, *arguments, target)
    same = run_workflow(folder, *arguments, target)
    assert "Nothing to be done" in same
    assert read_split(folder / target).set_index("sample")["label"].equals(before)
    lines = [line.split("\t") for line in old.splitlines()]
    data.write_text("".join(f"{name}\t{swap.get(label, label)}\n" for name, label in lines))
    os.utime(data, (9e8, 9e8))
    run_workflow(folder, *arguments, target)
    after = read_split(folder / target).set_index("sample")["label"]
    assert after.dropna().tolist() == [swap[label] for label in before.dropna()]


def test_a_missing_file_is_named_with_its_setting(case, fail_workflow, run_workflow):
    folder, arguments = case("13_older_table")
    config = folder / "config.yaml"
    text = config.read_text()
    config.write_text(text + "generators: {theirs: {kind: external, path: 't{seed}.parquet'}}\n")
    output = fail_workflow(folder, "--dry-run", *arguments)
    assert "generators.theirs.path: no file 't0.parquet'; make it, or list the generators" in output
    # What does not need the file can be made, also to make it from the tensors.
    run_workflow(folder, "--dry-run", *arguments, "results/tensors/layout.json")
    config.write_text(text.replace("genes.bed", "nothing.bed"))
    output = fail_workflow(folder, "--dry-run", *arguments, "check")
    assert "cohort.genes: no file 'nothing.bed'" in output
    config.write_text(text + "projections: {x: {source: vcf, path: 'o{chrom}.bcf'}}\n")
    output = fail_workflow(folder, "--dry-run", *arguments, "check")
    assert "projections.x.path: no file 'o1.bcf' for chromosome 1" in output


def test_lists_and_home_folders_on_the_command_line(case, run_workflow, monkeypatch):
    folder, arguments = case("13_older_table")
    monkeypatch.setenv("HOME", str(folder / "home"))
    given = ["--config", "seeds=[0,1]", "results=~/gd"]
    output = run_workflow(folder, *given, *arguments, str(folder / "home/gd/split.tsv"))
    assert (folder / "home/gd/split.tsv").is_file()
    assert not (folder / "~").exists(), output


def test_check__covers_projections_and_a_run_continues_from_there(case, run_workflow):
    """What `check` has read is not read again."""
    folder, arguments = case("02_projection_no_snp_in_common")
    config = folder / "config.yaml"
    shutil.copy(folder / "phenotypes.tsv", folder / "labels.tsv")
    table = "path: people.vcf.gz, phenotypes: labels.tsv"
    config.write_text(config.read_text().replace("path: other.vcf.gz", table))
    output = run_workflow(folder, *arguments, "check")
    assert "Projection other: 40 of 40 SNPs found, 0 of them with REF and ALT exchanged" in output
    assert json.loads((folder / "results/projected/other/found.json").read_text())["found"] == 40
    again = run_workflow(folder, *arguments, "results/projected/other.parquet")
    assert "SNPs of chromosome" not in again
    layout = Layout.read(folder / "results/tensors/layout.json")
    found = read_individuals(folder / "results/projected/other.parquet", layout)
    labels = dict(line.split("\t") for line in (folder / "labels.tsv").read_text().splitlines()[1:])
    assert dict(zip(found.samples, found.labels, strict=True)) == labels
