"""The folder that is handed out: its files, its datasheet, and what it must not tell."""

import csv
import gzip
import hashlib
import json
import re
import shlex
import shutil
import subprocess
from dataclasses import replace

import pandas as pd
import pytest
from bed_reader import open_bed
from finished_run import finished_run

from genodiff.evaluation.attacks import ATTACKS
from genodiff.formats.models import ModelConfig, write_model
from genodiff.formats.plink1 import BedWriter, write_bim
from genodiff.formats.tensors import Individuals, Layout, write_individuals
from genodiff.privacy.budget import Use, budget
from genodiff.release.datasheet import Origin, Sources
from genodiff.release.release_job import release_job
from genodiff.release.writers import WRITERS
from genodiff.runtime.errors import InputError
from genodiff.tables.fidelity import write_fidelity

SITES = pd.DataFrame({"chrom": "1", "pos": [1, 2], "id": ["a", "b"], "ref": "A", "alt": "C"})
LABELS = ["case", "control", "control"] * 4


@pytest.fixture
def run(tmp_path):
    """A finished run with decoded individuals."""
    (tmp_path / "SECRET_folder").mkdir()
    made = finished_run(tmp_path / "SECRET_folder")
    rng, layout = pd.Series(range(24)), Layout.read(made.sources.layout)
    dosage = (rng.to_numpy().reshape(2, 12) * 7 % 3).astype("int8")
    made.prefix = str(made.folder / "decoded")
    with BedWriter(f"{made.prefix}.bed", 2, 12) as out:
        out.write(0, 0, dosage)
    write_bim(f"{made.prefix}.bim", SITES)
    x = layout.mask()[None].astype("float32").repeat(12, 0)
    individuals = Individuals([f"SECRET{i}" for i in range(12)], LABELS, x)
    write_individuals(f"{made.prefix}.parquet", layout, [individuals])
    number = {"metric": "frequency", "number": "correlation", "bin": "all", "se": 0.01, "n": 32}
    results = [
        {"dataset": name, "seed": 0, "numbers": [number | {"value": value}]}
        for name, value in (("null", 0.98), ("unet_mlp", 0.93), ("unet_cnn", 0.9), ("copies", 0.99))
    ]
    made.fidelity = str(made.folder / "fidelity.long.tsv")
    titles = {"null": "Null", "unet_mlp": "MLP", "unet_cnn": "CNN", "copies": "Mosaic"}
    write_fidelity(results, made.folder / "fidelity.tsv", made.fidelity, titles)
    made.origin = Origin(
        dataset="unet_mlp", title="MLP", kind="diffusion", settings={"widths": [4, 2]}, seed=3,
        evaluated=True, description="For courses <only>.", terms=None,
        contact="Data Office <data@example.org>", force=None, commit="abc123",
    )  # fmt: skip
    return made


@pytest.fixture
def released(run, tmp_path):
    """Function: the folder of a release."""

    def make(formats=("plink2", "vcf"), network=None, name="one", **changes):
        names = ("table1", "table3", "privacy", "decoding", "layout", "split", "inputs", "models")
        release_job(
            Sources(
                **{name: getattr(run.sources, name) for name in names}, fidelity=run.fidelity,
                network=network,
            ),
            replace(run.origin, **changes), prefix=run.prefix, tensors_path=f"{run.prefix}.parquet",
            folder=str(tmp_path / f"release/{name}/seed3"), formats=list(formats),
        )  # fmt: skip
        return tmp_path / f"release/{name}/seed3"

    return make


def test_release__every_file_is_in_the_dictionary_and_the_checksums(released):
    folder = released(WRITERS)
    files = {path.name for path in folder.iterdir()}
    with open(folder / "dictionary.tsv", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    assert {row["file"] for row in rows} == files
    assert all(row["description"] for row in rows)
    sums = dict(line.split("  ")[::-1] for line in (folder / "SHA256SUMS").read_text().splitlines())
    assert set(sums) == files - {"SHA256SUMS"}
    for name, checksum in sums.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == checksum
    # Every column of the tables is described.
    described = {(row["file"], name) for row in rows for name in re.split(", ", row["column"])}
    for table in ("phenotypes.tsv", "genotypes.phe", "genes.tsv", "snps.tsv", "genotypes.cov"):
        header = (folder / table).read_text().split("\n")[0].split("\t")
        columns = [name for name in header if not re.fullmatch(r"PC\d+", name)]
        assert {(table, name) for name in columns} <= described, table


def test_release__names_no_real_individual_and_no_path(released, run):
    folder = released(WRITERS)
    for path in folder.iterdir():
        content = path.read_bytes()
        if path.suffix in (".gz", ".bcf"):
            content = gzip.decompress(content)
        for secret in (b"SECRET", str(run.folder).encode(), b"/tmp"):
            assert secret not in content, path.name


def test_release__replaces_an_older_one_whole(released):
    released(WRITERS)
    folder = released(["vcf"])
    assert not [*folder.glob("*.bed"), *folder.glob("*.pgen")]
    assert [path.name for path in folder.parent.iterdir()] == ["seed3"]


def test_datasheet__has_the_numbers_of_the_run(released):
    sheet = json.loads((released() / "datasheet.json").read_text())
    assert sheet["contains"]["classes"] == {"control": 8, "case": 4}
    assert sheet["made_from"] == {
        "train": {"case": 30, "control": 70},
        "validation": {"case": 5, "control": 15},
        "test": {"case": 20, "control": 20},
        "unlabelled": {"unlabelled": 7},
    }
    own = [row for row in sheet["accuracy"] if row["dataset"] == "this release"]
    assert [row["accuracy"] for row in own] == [0.75, 0.75]
    best = [row for row in sheet["attacks"] if row["attack"] == "Strongest attack"]
    assert [row["dataset"] for row in best] == ["null", "positive control", "this release"]
    assert best[2]["auc"] == 0.62
    assert len(sheet["attacks"]) == 3 * (len(ATTACKS) + 1)
    assert sheet["answers"]["private"]["answer"] == "leaks"
    assert "0.62 (0.59 to 0.65)" in sheet["answers"]["private"]["reason"]
    assert {row["decoder"] for row in sheet["decoding"]} == {"thresholds"}
    assert sheet["method"]["settings"] == {"widths": [4, 2]}
    (first, *_), *_ = (table["rows"] for table in sheet["fidelity"])
    assert (first["number"], first["null"], first["value"]) == ("correlation", "0.9800", "0.9300")


def test_datasheet__page_says_who_answers_and_what_is_not_known(released):
    page = (released() / "datasheet.html").read_text()
    assert "Data Office &lt;data@example.org&gt;" in page
    assert "named nobody" in (released(contact=None) / "datasheet.html").read_text()
    assert "were those of other individuals" not in page
    other = (released(evaluated=False) / "datasheet.html").read_text()
    assert "other individuals of the same generator" in other


def test_datasheet__description_and_terms_of_use(released):
    folder = released(terms="Not to be passed on.")
    for name, text in {
        "datasheet.html": "For courses &lt;only&gt;.",
        "README.txt": "For courses <only>.",
    }.items():
        page = (folder / name).read_text()
        assert text in page
        assert "Not to be passed on." in page
    assert "gave none" in (released() / "datasheet.html").read_text()


def test_datasheet__signs_of_copying_stand_at_the_top(released):
    page = (released() / "datasheet.html").read_text()
    assert page.index("Do not hand this out") < page.index("What it must not be used for")
    other = (released(dataset="unet_cnn") / "datasheet.html").read_text()
    assert "Do not hand this out" not in other


def test_datasheet__of_a_forced_reference_gives_the_reason(released, run):
    folder = released(dataset="copies", kind="mosaic", title="Mosaic", force="a <test> of the form")
    assert "a &lt;test&gt; of the form" in (folder / "datasheet.html").read_text()
    assert json.loads((folder / "datasheet.json").read_text())["answers"]["private"]["tone"] == "bad"


@pytest.fixture
def proven(run, tmp_path):
    """Function: config.json of a generator with a proof."""

    def make(epsilon=3.0):
        uses, layout = [Use("sums", 5.0)], Layout.read(run.sources.layout)
        own = budget(uses, epsilon, 1e-4, ["the panel"])
        weights, path = str(tmp_path / "m.safetensors"), str(tmp_path / "config.json")
        write_model(weights, path, {}, ModelConfig.of("gaussian_dp", {}, layout, budget=own))
        return path

    return make


@pytest.mark.parametrize(("epsilon", "is_proof"), [(10.0, True), (10.1, False)])
def test_datasheet__of_a_proof_has_no_number_of_an_evaluation(released, proven, epsilon, is_proof):
    folder = released(dataset="unet_cnn", kind="gaussian_dp", network=proven(epsilon))
    sheet = json.loads((folder / "datasheet.json").read_text())
    for part in ("accuracy", "attacks", "fidelity", "decoding", "answers"):
        assert not sheet[part], part
    assert not {"validation", "test", "excluded"} & set(sheet["made_from"])
    assert sheet["proven"] == is_proof
    assert ("Private by proof" in (folder / "datasheet.html").read_text()) == is_proof
    assert json.loads((folder / "privacy_budget.json").read_text())["epsilon"] == epsilon


def test_release__of_a_proof_that_an_attack_contradicts_is_refused(released, proven):
    with pytest.raises(InputError, match="although the generator is private by proof: find out why"):
        released(dataset="unet_mlp", kind="gaussian_dp", network=proven())
    assert "forced" in json.loads(
        (released(kind="gaussian_dp", network=proven(), force="a test") / "datasheet.json").read_text()
    )


def test_release__beside_another_one_of_the_run_breaks_a_proof(released, proven):
    first = released(dataset="unet_cnn", kind="gaussian_dp", network=proven())
    released(dataset="unet_cnn", kind="gaussian_dp", network=proven())  # the same again, in its place
    for network in (proven(), None):
        with pytest.raises(InputError, match="one/seed3: is released too") as raised:
            released(dataset="unet_cnn", name="two", network=network)
        assert "epsilons and deltas" in str(raised.value)
    assert [path.name for path in first.parent.parent.glob("*/*/SHA256SUMS")] == ["SHA256SUMS"]
    released(dataset="unet_cnn", name="two", force="the sum is in the contract")


def test_release__without_a_proof_two_may_stand_beside_each_other(released):
    both = [released(name=name) for name in ("one", "two")]
    assert all((folder / "SHA256SUMS").exists() for folder in both)


def commands(folder, program):
    """Commands of README.txt that start with the name of a program."""
    lines = (folder / "README.txt").read_text().splitlines()
    found = [line.strip() for line in lines if line.startswith(f"  {program} ")]
    assert found
    return found


@pytest.mark.parametrize("program", ["plink2", "bcftools"])
def test_readme__commands_work_in_the_folder(released, program):
    if not shutil.which(program):
        pytest.skip(f"needs {program}")
    folder = released(WRITERS)
    for command in commands(folder, program):
        done = subprocess.run(shlex.split(command), cwd=folder, capture_output=True, text=True)
        # Two SNPs of twelve individuals: principal components are collinear with them.
        assert done.returncode == 0, done.stdout + done.stderr


def test_readme__python_and_r_read_the_folder(released, run):
    folder = released(WRITERS)
    true = open_bed(f"{run.prefix}.bed", 12, 2, skip_format_check=True).read(dtype="int8").T.tolist()
    text = (folder / "README.txt").read_text()
    python = re.search(r"^Python\n((?:  .*\n)+)", text, re.M)[1]
    code = "\n".join(line[2:] for line in python.splitlines())
    code = code.replace(
        "from bed_reader", f"assert [[*own] for own in genotypes] == {true}\nfrom bed_reader"
    )
    code += f"\nassert genotypes.T.tolist() == {true}\nassert list(phenotypes['label']) == {LABELS}"
    subprocess.run(["python", "-c", code], cwd=folder, check=True)
    if not shutil.which("Rscript"):
        pytest.skip("needs R")
    r = re.search(r"^R\n((?:  .*\n)+)", text, re.M)[1]
    done = subprocess.run(["Rscript", "-e", r], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "case" in done.stdout
