"""The project's own promises: profiles, environments, rule graph, shim."""

import re
import subprocess
import sys

import environments
import yaml

# With the augmentation experiment, which is off by default.
TINY = ("--configfile", "tests/workflow/tiny.yaml")


def rule_names(repository, *arguments: str) -> set[str]:
    command = [sys.executable, "-m", "snakemake", "--list-rules", *arguments]
    listed = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=True)
    return set(re.findall(r"^(\w+)$", listed.stdout, re.M))


def test_every_rule_has_log_environment_and_code_hash(repository):
    checked = set()
    for file in (repository / "rules").glob("*.smk"):
        for rule in re.split(r"(?m)^ *rule ", file.read_text())[1:]:
            checked.add(rule.split(":")[0])
            for directive in ("log:", "conda:", "code=", "message:"):
                assert directive in rule, f"{file.name}: {rule.split(':')[0]} has no {directive}"
    assert {"gene_matrices", "report"} <= checked


def _named_rules(profile: str) -> set[str]:
    """Rules that a profile names, in the blocks as well that users are to uncomment."""
    text = re.sub(r"(?m)^# (?=set-|  +\S)", "", profile)
    settings = yaml.safe_load(text)
    arrays = settings.get("slurm-array-jobs", "").split(",")
    return {*settings.get("set-threads", {}), *settings.get("set-resources", {}), *arrays} - {""}


def test_profiles_name_only_rules_that_exist(repository):
    """Snakemake takes a misspelled one in silence."""
    profiles = list((repository / "profiles").glob("*/profile.yaml"))
    assert {file.parent.name for file in profiles} == {"default", "slurm"}
    rules = rule_names(repository)
    for file in profiles:
        named = _named_rules(file.read_text())
        assert "train_diffusion" in named, file
        assert named <= rules, file


def test_conda_pins_agree_with_requirements(repository):
    pinned = dict(
        re.fullmatch(r"([\w.-]+)==([\d.]+)", line.lower()).groups()
        for line in (repository / "requirements.txt").read_text().splitlines()
        if "==" in line
    )
    files = sorted((repository / "envs").glob("*.yaml"))
    assert "genotypes.yaml" in [file.name for file in files]
    for file in files:
        dependencies = yaml.safe_load(file.read_text())["dependencies"]
        # What no conda channel has in this version comes from PyPI, pinned in full.
        from_pypi = dependencies.pop()["pip"] if isinstance(dependencies[-1], dict) else []
        for dependency in from_pypi:
            name, version = dependency.split(" ==")
            assert pinned[name] == version, f"{file.name}: {name}"
        for dependency in dependencies:
            name, _, version = dependency.partition(" =")
            name = {"pytorch": "torch"}.get(name, name)
            if name not in {"python", "pip", *environments.PROGRAMS}:
                assert pinned[name].split(".")[:2] == version.split("."), f"{file.name}: {name}"


def test_the_picture_of_the_rule_graph_shows_every_rule(repository):
    picture = (repository / "docs/rulegraph.svg").read_text()
    assert rule_names(repository, *TINY) == set(re.findall(r"<text[^>]*>(\w+)</text>", picture))


def test_the_shim_finds_the_same_rules(repository, run_workflow):
    output = run_workflow(repository, "--snakefile", "workflow/Snakefile", "--list-rules", "--quiet")
    assert rule_names(repository) <= set(re.findall(r"^(\w+)$", output, re.M))


def test_the_workflow_catalog_finds_what_its_standardized_usage_asks_for(repository):
    shown = yaml.safe_load((repository / ".snakemake-workflow-catalog.yml").read_text())["usage"]
    assert shown["software-stack-deployment"] == {
        "conda": True, "apptainer": True, "apptainer+conda": False,
    }  # fmt: skip
    assert shown["report"] is True
    assert (repository / "workflow/Snakefile").is_file()
    assert (repository / "config/README.md").is_file()
    readme = (repository / "README.md").read_text().lower()
    assert "snakemake" in readme
    assert "workflow" in readme


def test_a_run_of_the_papers_size_is_few_jobs(repository, run_workflow, tmp_path):
    """22 chromosomes, five networks, four references, three seeds, three classifiers."""
    (tmp_path / "seeds.yaml").write_text("seeds: [0, 1, 2]\n")
    files = ["config/mine-like.yaml", "config/paper.yaml", tmp_path / "seeds.yaml"]
    plan = run_workflow(repository, "--dry-run", "--quiet", "rules", "--configfile", *files)
    counts = {name: int(count) for name, count in re.findall(r"^(\w+) +(\d+)$", plan, re.M)}
    assert counts["gene_matrices"] == counts["gene_pca"] == 22
    assert counts["train_diffusion"] == 5 * 3
    assert counts["fit_generator"] == 4 * 3
    assert counts["draw"] == 9 * 3 * 2  # of two sizes
    assert counts["classify"] == (1 + 2 * 9) * 3 * 3 + 9 * 3  # in two forms
    assert counts["total"] <= 650
