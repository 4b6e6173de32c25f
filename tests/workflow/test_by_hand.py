"""A single job, run by hand: as Snakemake runs it, and with a debugger where it fails."""

import subprocess
import sys

import pytest

TINY = "tests/workflow/tiny.yaml"
SPLIT = ["results/split.tsv", "results/genotypes/inputs.json"]


@pytest.fixture(scope="module")
def folder(copy_of_project, run_workflow):
    """A copy of the project with the individuals of the tiny workflow split."""
    folder = copy_of_project("by_hand")
    run_workflow(folder, *SPLIT, "--configfile", TINY)
    return folder


def _by_hand(folder, *arguments, typed=""):
    command = [sys.executable, "workflow/scripts/by_hand.py", "--configfile", TINY, *arguments]
    return subprocess.run(command, cwd=folder, input=typed, capture_output=True, text=True, check=False)


def test_a_job_by_hand_makes_the_same(folder):
    before = {name: (folder / name).read_bytes() for name in SPLIT}
    log = folder / "results/logs/split_individuals.log"
    for name in [*SPLIT, log]:
        (folder / name).unlink()
    done = _by_hand(folder, SPLIT[0])
    assert done.returncode == 0, done.stderr
    assert {name: (folder / name).read_bytes() for name in SPLIT} == before
    assert "done" in log.read_text()


def test_a_failing_job_keeps_its_outputs_and_opens_the_debugger(folder):
    genes = folder / "results/cohort/genes.bed"
    content, before = genes.read_bytes(), (folder / SPLIT[0]).stat().st_mtime_ns
    genes.write_text("1\t5\n")
    try:
        done = _by_hand(folder, "--pdb", SPLIT[0], typed="up\np 6 * 7\nq\n")
    finally:
        genes.write_bytes(content)
    assert done.returncode == 1
    assert "InputError: " in done.stderr
    assert "/workflow/scripts/genodiff/annotations/" in done.stdout
    assert "(Pdb) 42" in done.stdout
    assert (folder / SPLIT[0]).stat().st_mtime_ns == before


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("results/absent.tsv", "No rule to produce results/absent.tsv"),
        (
            "results/tensors/layout.json",
            "inputs do not exist; make them first:\nsnakemake --cores all",
        ),
    ],
)
def test_what_cannot_be_run_by_hand_is_said(folder, target, message):
    before = sorted(folder.rglob("results/**"))
    done = _by_hand(folder, target)
    assert done.returncode == 1
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert sorted(folder.rglob("results/**")) == before


@pytest.mark.parametrize("target", [SPLIT[:1], ["--", SPLIT[0]]])
def test_several_configurations_may_follow_one_option(folder, target):
    """The later one wins, as in Snakemake."""
    (folder / "fractions.yaml").write_text("split: {test_fraction: 0.9}\n")
    (folder / "tiny.yaml").write_text((folder / TINY).read_text())
    done = _by_hand(folder, "fractions.yaml", "tiny.yaml", *target)
    assert done.returncode == 0, done.stderr


def test_an_absent_configuration_is_named(folder):
    done = _by_hand(folder, "--configfile", "absent.yaml", SPLIT[0])
    assert done.returncode == 1
    assert "'absent.yaml'" in done.stderr
    assert "Traceback" not in done.stderr
