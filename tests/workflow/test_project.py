"""The project's own promises: profiles, environments, rule graph, shim."""

import re
import subprocess
import sys

import yaml


def rule_names(repository) -> set[str]:
    command = [sys.executable, "-m", "snakemake", "--list-rules"]
    listed = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=True)
    return set(re.findall(r"^(\w+)$", listed.stdout, re.M))


def test_every_rule_has_log_environment_and_code_hash(repository):
    for file in (repository / "rules").glob("*.smk"):
        for rule in re.split(r"(?m)^ *rule ", file.read_text())[1:]:
            for directive in ("log:", "conda:", "code=", "message:"):
                assert directive in rule, f"{file.name}: {rule.split(':')[0]} has no {directive}"


def test_profile_names_only_rules_that_exist(repository):
    for file in (repository / "profiles").rglob("*.yaml"):
        profile = yaml.safe_load(file.read_text())
        # Commented lines are what users will switch on.
        text = "\n".join(line.removeprefix("# ") for line in file.read_text().splitlines())
        named = set(re.findall(r"^  (\w+): \d+$", text, re.M)) | set(profile.get("set-threads", {}))
        assert named <= rule_names(repository)


def test_conda_pins_agree_with_requirements(repository):
    pinned = dict(
        re.fullmatch(r"([\w.-]+)==([\d.]+)", line.lower()).groups()
        for line in (repository / "requirements.txt").read_text().splitlines()
        if "==" in line
    )
    for file in (repository / "envs").glob("*.yaml"):
        dependencies = yaml.safe_load(file.read_text())["dependencies"]
        # What no conda channel has in this version comes from PyPI, pinned in full.
        from_pypi = dependencies.pop()["pip"] if isinstance(dependencies[-1], dict) else []
        for dependency in from_pypi:
            name, version = dependency.split(" ==")
            assert pinned[name] == version, f"{file.name}: {name}"
        for dependency in dependencies:
            name, _, version = dependency.partition(" =")
            name = {"pytorch": "torch"}.get(name, name)
            if name not in ("python", "pip"):
                assert pinned[name].split(".")[:2] == version.split("."), f"{file.name}: {name}"


def test_the_picture_of_the_rule_graph_shows_every_rule(repository):
    picture = (repository / "docs/rulegraph.svg").read_text()
    assert rule_names(repository) == set(re.findall(r"<text[^>]*>(\w+)</text>", picture))


def test_the_shim_finds_the_same_rules(repository, run_workflow):
    output = run_workflow(repository, "--snakefile", "workflow/Snakefile", "--list-rules", "--quiet")
    assert rule_names(repository) <= set(re.findall(r"^(\w+)$", output, re.M))


def test_the_workflow_catalog_finds_what_its_standardized_usage_asks_for(repository):
    shown = yaml.safe_load((repository / ".snakemake-workflow-catalog.yml").read_text())["usage"]
    assert shown["software-stack-deployment"] == {
        "conda": True, "apptainer": False, "apptainer+conda": False,
    }  # fmt: skip
    assert shown["report"] is True
    assert (repository / "workflow/Snakefile").is_file()
    assert (repository / "config/README.md").is_file()
    readme = (repository / "README.md").read_text().lower()
    assert "snakemake" in readme
    assert "workflow" in readme
