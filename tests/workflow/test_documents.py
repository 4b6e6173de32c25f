"""What the documents tell their reader to type is run here, and what they name is there."""

import gzip
import os
import re
import shutil
import subprocess
import sys
from copy import deepcopy
from pathlib import Path

import documents
import numpy as np
import pandas as pd
import pytest
import yaml
from documents import PAGES, ROOT
from genotype_writers import Variant, write_vcf
from snakemake.utils import update_config

from genodiff.genotypes.builds import BUILDS

# Their commands are run by test_extending.py, in their order, and by test_release.py.
FOLLOWED = ("docs/extending.md", "docs/analysis.md")
TINY = "tests/workflow/tiny.yaml"
_DRY = " --dry-run"
# What is run instead of a command, and why not the command.
_ATTACKS = "python -m pytest tests/unit/evaluation/attacks"
_EPSILON = "snakemake --cores 2 --configfile config/private.yaml config/epsilon.yaml"
_LARGE = (
    f"{_EPSILON} --config results=results/large seeds=[0] "
    '\'cohort={"simulate": {"individuals": 10405}}\' '
    "'run_generators=[gaussian_8, gaussian_1, independent_8]'"
)
_FULL = (
    "snakemake --cores 2 --resources mem_mb=24000 --set-resources train_diffusion:mem_mb=14000 "
    "fit_generator:mem_mb=9000 --configfile config/mine-like.yaml config/full-size.yaml"
)
# Of a noise schedule that has enough steps; the tiny cohort's has ten.
_STEPS = """ 'diffusion={"schedule": {"steps": 1000}}'"""
INSTEAD = {
    # Trainings of minutes or days, or files of many GB. Whole runs of the tiny cohort: `finished`.
    command: command + _DRY
    for command in (
        "snakemake --cores 8 --configfile mine.yaml",
        "snakemake --cores 8 --configfile config/paper.yaml mine.yaml",
        "snakemake --cores 8 results/mine/table1.tsv --configfile mine.yaml",
        "snakemake --cores 2 --configfile small.yaml",
        "snakemake --cores 2 --configfile config/private.yaml",
        "snakemake --cores 2 results/labels/labels.tsv results/labels/figures/labels.png --configfile "
        "config/labels.yaml",
        "snakemake --cores 2 results/tuning.tsv results/figures/tuning.png --configfile "
        "config/tuning.yaml",
        "snakemake --cores 2 --configfile config/config.yaml results/tuning/best.yaml --config "
        "'seeds=[0,1,2]'",
        "snakemake --cores 8 basis --configfile config/1kg.yaml",
        "snakemake --cores 2 --configfile config/config.yaml config/structured.yaml",
        "snakemake --cores 2 check --configfile config/1kg.yaml",
        "snakemake --cores 2 results/1kg/split.tsv --configfile config/1kg.yaml",
        "snakemake --cores 8 --configfile config/paper.yaml config/1kg.yaml",
        # On a real SLURM: tests/slurm.
        "snakemake --profile profiles/slurm results/table1.tsv",
        "snakemake --profile profiles/slurm --configfile mine.yaml",
        "snakemake --profile profiles/slurm --slurm-partition-config partitions.yaml "
        "--configfile mine.yaml",
    )
} | {
    # These tests run in any case.
    _ATTACKS: f"{_ATTACKS} --collect-only -q",
    _EPSILON: f"{_EPSILON} --config{_STEPS}{_DRY}",
    _FULL: f"{_FULL} --config{_STEPS}{_DRY}",
    _LARGE: f"{_LARGE}{_STEPS}{_DRY}",
    # From another folder.
    "snakemake --snakefile path/to/GenoDiff/Snakefile --cores 8 --configfile mine.yaml": (
        "cd other && snakemake --snakefile path/to/GenoDiff/Snakefile --cores 8 --configfile mine.yaml"
        + _DRY
    ),
    # Where it removes nothing that is needed.
    "make clean": "mkdir other/results && cp Makefile other && cd other && make clean && ! ls results",
}
# Commands that are not run here, by the reason or the test that runs them.
ELSEWHERE = {
    "they run these very tests": ["make test", "make test-fast", ".ci/run"],
    ".ci/run does it in a fresh clone": ["make setup", "make setup PYTHON=python3.12", "make lint"],
    "a target of make that another one needs, and what it does": [
        "make .venv/.test", "python3 -m venv .venv",
        ".venv/bin/python -m pip install -r requirements.txt",
    ],
    "workflow/test_by_hand.py::test_a_failing_job_keeps_its_outputs_and_opens_the_debugger": [
        "python workflow/scripts/by_hand.py --configfile mine.yaml --pdb results/split.tsv",
    ],
    "workflow/test_project.py::test_the_picture_of_the_rule_graph_shows_every_rule": [
        "make rulegraph",
    ],
    "the target's name; the commands on the pages have --cores": [
        "snakemake check", "snakemake basis",
    ],
    "workflow/test_documents.py::test_the_guide_names_the_pinned_torch": [
        ".venv/bin/python -m pip install torch==2.13.0 --index-url https://download.pytorch.org/whl/cpu",
    ],
    "unit/training/test_tensorboard.py": [
        "pip install tensorboard", "tensorboard --logdir results/logs/train_diffusion",
    ],
    "workflow/test_example.py::test_the_example_trains_and_its_individuals_differ_by_class": [
        "PYTHONPATH=workflow/scripts python docs/example.py",
    ],
    "workflow/test_environments.py::test_everything_can_be_imported_with_all_else_blocked": [
        "snakemake --sdm conda --cores 8", "snakemake --profile profiles/slurm --sdm conda",
    ],
    "workflow/test_containers.py::test_jobs_run_in_the_configured_image_and_only_when_asked": [
        "snakemake --profile profiles/slurm --sdm apptainer --configfile mine.yaml",
    ],
    "workflow/test_containers.py::test_recipe_runs_snakemake_on_this_workflow": [
        "docker build -f containers/Dockerfile -t genodiff .",
        'docker run --rm -v "$PWD:/work" --user "$(id -u):$(id -g)" genodiff --cores 2 '
        "--configfile mine.yaml",
        "apptainer build genodiff.sif containers/genodiff.def",
        "apptainer run genodiff.sif --cores 8 --configfile mine.yaml",
    ],
    "slurm/test_slurm.py::test_the_memory_of_a_job_is_in_the_lines_of_its_steps": [
        "make test-slurm", 'squeue --me --format="%i %T %M %k"',
        "sacct --format=JobID,State,Elapsed,MaxRSS,ReqMem,Comment%60",
    ],
    "real/test_1kg_hm3.py::test_superpopulations_are_learned_from_real_individuals": [
        "snakemake --cores 2 --configfile tests/real/1kg-hm3.yaml tests/real/populations.yaml",
        "snakemake --cores 2 results/1kg-hm3-labels/labels.tsv "
        "results/1kg-hm3-labels/figures/labels.png "
        "--configfile tests/real/1kg-hm3.yaml tests/real/labels.yaml",
    ],
    "a terminal": ["tmux new -s genodiff"],
    "minutes": [
        *(f"make benchmark-{name}" for name in ("neighbours", "genotypes", "sampling", "training")),
        "make benchmark-gpu",
        'make benchmark-neighbours BENCHMARK="--individuals 10405 --features 147456 --memory-mb 6144"',
        'make benchmark-denoising BENCHMARK="--judge --change values=0 neighbours=4"',
        "python tests/benchmarks/denoising.py --judge", "python tests/benchmarks/tensors.py",
        "python tests/benchmarks/jobs.py --scaling",
        "python tests/benchmarks/sampling.py --threads 1 --generators unet_mlp",
    ],
}  # fmt: skip
NOT_HERE = [command for commands in ELSEWHERE.values() for command in commands]


def _collected() -> list[str]:
    """Every command of every page, once."""
    found = []
    for name, text in PAGES.items():
        found += documents.commands(text) if name not in FOLLOWED else []
        found += documents.spoken_commands(text)
    return list(dict.fromkeys(found))


COMMANDS = _collected()


def _block(page: str, name: str) -> str:
    """The one block of a page that has this name."""
    (found,) = (block.text for block in documents.blocks(PAGES[page], page) if block.name == name)
    return found


def _write_cohort(folder: Path, config: dict) -> None:
    """Files of the names that a configuration has: 120 individuals of three classes, in families of two,
    on chromosomes with four genes of six SNPs."""
    cohort, rng = config["cohort"], np.random.default_rng(0)
    samples = [f"S{i:03d}" for i in range(120)]
    classes = np.arange(120) // 2 % 3
    lines = []
    for chrom in map(str, cohort["chromosomes"]):
        variants = []
        for gene in range(4):
            start = 1000 * (gene + 1)
            lines.append(
                f"{chrom}\tx\tgene\t{start}\t{start + 600}\t.\t+\t.\t"
                f'gene_id "g{chrom}.{gene}"; gene_name "G{chrom}.{gene}";\n'
            )
            for i in range(6):
                calls = rng.binomial(2, 0.3 + 0.15 * classes).tolist()
                variants.append(Variant(chrom, start + 10 * i, f"rs{gene}{i}", "A", ("C",), calls))
        path = folder / cohort["vcf"].format(chrom=chrom)
        path.parent.mkdir(parents=True, exist_ok=True)
        made = write_vcf(path.parent, variants, samples, {chrom: BUILDS[cohort["build"]][chrom]})
        os.rename(made, path)
        os.rename(f"{made}.tbi", f"{path}.tbi")
    with gzip.open(folder / cohort["genes"], "wt") as file:
        file.writelines(lines)
    columns = [cohort[f"{role}_column"] for role in ("sample", "label", "family")]
    individuals = [(name, f"class{classes[i]}", f"F{i // 2}") for i, name in enumerate(samples)]
    pd.DataFrame(individuals, columns=columns).to_csv(
        folder / cohort["phenotypes"], sep="\t", index=False
    )


@pytest.fixture(scope="module")
def project(finished, tmp_path_factory) -> Path:
    """A copy of the finished tiny run in which the tiny cohort is the default one, with the files that
    the pages tell their reader to write, and an environment in .venv."""
    folder = tmp_path_factory.mktemp("documents") / "genodiff"
    shutil.copytree(finished, folder)
    # Keys in the order that --configfile gives them, or the parameters of jobs would have changed.
    tiny = yaml.safe_load((folder / TINY).read_text())
    config = deepcopy(tiny)
    for part in (yaml.safe_load((folder / "config/config.yaml").read_text()), tiny):
        update_config(config, part)
    (folder / "config/config.yaml").write_text(yaml.safe_dump(config, sort_keys=False))
    (folder / "mine.yaml").write_text(_block("docs/own-cohort.md", "mine.yaml"))
    (folder / "partitions.yaml").write_text(_block("docs/cluster.md", "partitions.yaml"))
    (folder / "small.yaml").write_text(_block("docs/laptop.md", "small.yaml"))
    other = folder / "other"
    for place in (folder, other):
        _write_cohort(place, yaml.safe_load((folder / "mine.yaml").read_text()))
    shutil.copy(folder / "mine.yaml", other)
    (other / "path/to/GenoDiff").symlink_to(folder)
    documents.link_environment(folder)
    return folder


@pytest.mark.parametrize("command", [command for command in COMMANDS if command not in NOT_HERE])
def test_a_command_of_the_documents_does_not_fail(project, command):
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = {k: v for k, v in os.environ.items() if not k.startswith("SNAKEMAKE_")}
    done = subprocess.run(
        ["bash", "-c", INSTEAD.get(command, command)], cwd=project, env=environment | {"PATH": path},
        text=True, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-6000:]
    assert "Traceback" not in done.stdout
    if command in ("make run", "snakemake --cores 8"):
        assert "Nothing to be done" in done.stdout
    if command == "snakemake --cores 2 check --configfile mine.yaml":
        assert "Individuals  120: class0 40, class1 40, class2 40, without a phenotype 0" in done.stdout
        assert "Build        GRCh37" in done.stdout
        assert "Genes        12 listed, 12 kept" in done.stdout


def test_every_entry_of_the_tables_is_a_command_of_the_documents():
    assert set(INSTEAD) | set(NOT_HERE) <= set(COMMANDS)
    assert not set(INSTEAD) & set(NOT_HERE)
    for reason in ELSEWHERE:
        for file, test in re.findall(r"(\w+/\S+?\.py)(?:::(\w+))?", reason):
            assert f"def {test}" in (ROOT / "tests" / file).read_text(), reason


def test_a_command_is_found_wherever_it_stands():
    text = (
        "```sh\nmake run   # all\n\n# a remark\nsnakemake \\\n  --cores 2\n```\n"
        "```console\n$ make test\n12 passed\n```\n```python\nmake = 1\n```\n"
        "Say `snakemake --unlock`, not `make` or `features.min_snps`.\n"
    )
    assert documents.commands(text) == ["make run", "snakemake --cores 2", "make test"]
    assert documents.spoken_commands(text) == ["snakemake --unlock"]


def test_the_guide_names_the_pinned_torch():
    (pin,) = re.findall(r"^torch==\S+$", (ROOT / "requirements.txt").read_text(), re.M)
    assert re.findall(r"torch==[\d.]+\d", PAGES["docs/install.md"]) == [pin]


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page):
    folder = (ROOT / page).parent
    for link in documents.links(PAGES[page]):
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = (folder / path).resolve() if path else ROOT / page
        assert target.exists(), link
        assert ROOT in (target, *target.parents), link
        if anchor:
            assert anchor in documents.anchors(target.read_text()), link


def test_every_page_of_the_guide_is_in_its_index():
    listed = {link.partition("#")[0] for link in documents.links(PAGES["docs/README.md"])}
    assert {path.name for path in (ROOT / "docs").glob("*.md")} - {"README.md"} <= listed


# --- Python on the pages


def test_the_page_on_configuration_shows_how_to_be_a_module(finished, tmp_path, run_workflow):
    (text,) = (
        block.text
        for block in documents.blocks(PAGES["config/README.md"], "")
        if block.language == "python" and "module genodiff" in block.text
    )
    assert text.count("path/to/GenoDiff") == 1
    text = text.replace("path/to/GenoDiff", str(finished))
    module, _, target = text.partition("\nrule all:")
    tiny = yaml.safe_load((finished / TINY).read_text())
    (tmp_path / "own.yaml").write_text(yaml.safe_dump({"genodiff": tiny}))
    # The user's own target is the default after the module, as on the page, and before it.
    for snakefile in (text, f"rule all:{target}\n{module}"):
        (tmp_path / "Snakefile").write_text(snakefile)
        plan = run_workflow(tmp_path, "--dry-run", "--configfile", "own.yaml")
        assert "synth/results/table1.tsv" in plan
        assert "gd_train_diffusion" in plan
        assert "gd_report" not in plan
