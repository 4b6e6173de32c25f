"""The folder that leaves the house: the commands of docs/analysis.md, typed in the folder of a run."""

import json
import re
import shutil
import subprocess

import documents
import numpy as np
import pytest
from bed_reader import open_bed
from documents import PAGES
from tables import rows

PAGE = "docs/analysis.md"
TINY = "tests/workflow/tiny.yaml"


@pytest.fixture(scope="module")
def released(finished, run_workflow):
    """A finished run with a release in every format."""
    own = {"release": {"unet_mlp": {"formats": ["plink2", "vcf", "bcf", "plink1"]}}}
    (finished / "formats.json").write_text(json.dumps(own))
    run_workflow(finished, "--configfile", TINY, "formats.json", "--", "release")
    return finished


@pytest.fixture(scope="module")
def folder(released, tmp_path_factory):
    """A copy of a released folder alone, and the files of components that the page also reads."""
    target = tmp_path_factory.mktemp("received") / "seed0"
    shutil.copytree(released / "results/release/unet_mlp/seed0", target)
    return target


def _type(folder, command):
    program = command.split()[0]
    if not shutil.which(program):
        pytest.skip(f"needs {program}")
    done = subprocess.run(
        ["bash", "-c", command], cwd=folder, text=True, check=False, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:]
    return done.stdout


@pytest.mark.parametrize("command", documents.commands(PAGES[PAGE]))
def test_a_command_of_the_page_works_in_the_folder(folder, command):
    if "--glm" in command:
        # A tiny cohort has hardly more cases than covariates.
        command = f"{command} --covar-name PC1-PC3"
    said = _type(folder, command)
    if "--glm" in command:
        table = (folder / "my.PHENO1.glm.logistic.hybrid").read_text().splitlines()
        assert len(table) - 1 == len(rows(folder / "snps.tsv"))
        (p,) = (i for i, name in enumerate(table[0].split("\t")) if name == "P")
        assert sum(line.split("\t")[p] != "NA" for line in table[1:]) > 0.5 * len(table)
        assert "binary phenotype loaded (32 cases, 115 controls)" in said


def test_r_reads_the_folder(folder):
    (code,) = (block.text for block in documents.blocks(PAGES[PAGE], PAGE) if block.language == "r")
    if not (shutil.which("Rscript") and shutil.which("plink2")):
        pytest.skip("needs R and plink2")
    _type(folder, "plink2 --pfile genotypes --export A --out my")
    (folder / "page.R").write_text(code)
    assert "Pr(>|z|)" in _type(folder, "Rscript page.R")


def test_python_reads_the_folder_and_the_components(folder, finished):
    parts = [block.text for block in documents.blocks(PAGES[PAGE], PAGE) if block.language == "python"]
    shutil.copy(finished / "results/synthetic/unet_mlp/seed0.parquet", folder)
    shutil.copy(finished / "results/tensors/layout.json", folder)
    checks = (
        "assert wide.shape == (147, 2 + sum(len(gene['mean']) for gene in genes))\n"
        "assert abs(wide.iloc[:, 2:].to_numpy()).max() > 0\n"
        "assert frequencies.between(0, 1).all() and len(frequencies) == len(snps)\n"
        "assert list(dosages.index) == list(phenotypes.index)\n"
    )
    (folder / "page.py").write_text("\n".join([*parts, checks]))
    _type(folder, "python page.py")


def test_the_released_genotypes_are_those_that_were_evaluated(released):
    handed_out, decoded = (
        open_bed(released / f"results/{path}.bed").read(dtype="int8")
        for path in ("release/unet_mlp/seed0/genotypes", "synthetic/unet_mlp.genotypes/seed0")
    )
    np.testing.assert_array_equal(handed_out, decoded)
    kept = {
        (snp["chrom"], snp["pos"]) for snp in rows(released / "results/release/unet_mlp/seed0/snps.tsv")
    }
    assert len(kept) == handed_out.shape[1]
    sheet = json.loads((released / "results/release/unet_mlp/seed0/datasheet.json").read_text())
    (accuracy,) = (
        row["accuracy"]
        for row in sheet["accuracy"]
        if row["dataset"] == "this release" and row["classifier"] == "cnn"
    )
    (own,) = (
        row
        for row in rows(released / "results/table1.long.tsv")
        if (row["dataset"], row["classifier"]) == ("unet_mlp.genotypes", "cnn")
    )
    assert accuracy == pytest.approx(float(own["accuracy"]), abs=1e-4)


def test_the_released_folder_names_no_real_individual(released):
    real = {row["sample"] for row in rows(released / "results/split.tsv")}
    for path in (released / "results/release").rglob("*"):
        if path.is_file() and path.suffix in (".tsv", ".txt", ".html", ".json", ".psam", ".fam", ".phe"):
            assert not set(re.findall(r"\w+", path.read_text())) & real, path.name


def test_another_size_and_mix_are_drawn_for_the_release(finished, run_workflow, tmp_path):
    # In a copy, since the tables have one more dataset then.
    finished = shutil.copytree(finished, tmp_path / "genodiff", symlinks=True)
    release = {
        "gaussian": {"individuals": 60, "label_mix": {"case": 2, "control": 1}, "formats": ["vcf"]}
    }
    (finished / "release.json").write_text(json.dumps({"release": release}))
    run_workflow(finished, "--configfile", TINY, "release.json", "--", "release")
    folder = finished / "results/release/gaussian/seed0"
    labels = [row["label"] for row in rows(folder / "phenotypes.tsv")]
    assert (labels.count("case"), labels.count("control")) == (40, 20)
    # They are evaluated themselves, as one more dataset of the tables.
    sheet = json.loads((folder / "datasheet.json").read_text())
    assert sheet["evaluated"]
    own = [
        r for r in rows(finished / "results/privacy.tsv") if r["dataset"] == "gaussian.release.genotypes"
    ]
    assert {row["synthetic"] for row in own} == {"60"}
    best = next(row for row in own if row["attack"] == "strongest")
    (shown,) = (
        row["auc"]
        for row in sheet["attacks"]
        if (row["attack"], row["dataset"]) == ("Strongest attack", "this release")
    )
    assert shown == pytest.approx(float(best["auc"]), abs=1e-4)


def test_release_without_a_generator_says_what_to_name(finished, fail_workflow):
    (finished / "none.json").write_text('{"release": []}')
    output = fail_workflow(finished, "--configfile", TINY, "none.json", "--", "release")
    assert "release: no generator is named" in output
    assert "unet_mlp" in output
