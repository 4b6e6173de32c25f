"""Each rule's environment has what its jobs import: read off the code, and tried with all else blocked.

No conda channel is asked: that a solver finds these versions together is not tested.
"""

from functools import cache

import environments
import pytest
import yaml

from genodiff.workflow.code_hash import SCRIPTS, library_files

ENVS = ["evaluation", "genotypes", "release", "report", "torch"]


@cache
def jobs(repository):
    return environments.jobs(repository / "rules")


def files_of(repository, env):
    """Python files that the jobs of an environment reach."""
    entries = [entry for job in jobs(repository) if job.env == env for entry in job.entries]
    return [file for file in library_files(*entries) if file.suffix == ".py"]


def declared(repository, env):
    """Python distributions that an environment declares."""
    found = environments.dependencies(repository / f"envs/{env}.yaml")
    return set(found) - environments.PROGRAMS


def test_every_environment_is_used_and_every_rule_has_one(repository):
    assert sorted(file.stem for file in (repository / "envs").iterdir()) == ENVS
    assert {job.env for job in jobs(repository)} == set(ENVS)
    assert len(jobs(repository)) > 25


@pytest.mark.parametrize("env", ENVS)
def test_environment_is_written_as_conda_wants_it(repository, env):
    content = yaml.safe_load((repository / f"envs/{env}.yaml").read_text())
    assert set(content) == {"channels", "dependencies"}
    assert content["channels"] in (
        ["conda-forge", "nodefaults"], ["conda-forge", "bioconda", "nodefaults"],
    )  # fmt: skip
    assert content["dependencies"][0] == "python =3.11"


@pytest.mark.parametrize("env", ENVS)
def test_every_import_is_declared_and_nothing_else(repository, env):
    files, names = files_of(repository, env), declared(repository, env)
    assert environments.undeclared(files, names) == []
    # Each line of the yaml is needed; so a rule that lost one of them would be found out here.
    for name in names:
        assert environments.undeclared(files, names - {name}), f"{env}.yaml: nothing imports {name}"


@pytest.mark.parametrize("env", ENVS)
def test_every_program_that_jobs_start_is_declared_and_no_other(repository, env):
    found = environments.dependencies(repository / f"envs/{env}.yaml").keys() & environments.PROGRAMS
    assert set().union(*map(environments.programs, files_of(repository, env))) == found


@pytest.mark.parametrize("env", ENVS)
def test_everything_can_be_imported_with_all_else_blocked(repository, env):
    files, names = files_of(repository, env), declared(repository, env)
    assert environments.failing_imports(files, names, SCRIPTS) == {}


def test_an_environment_without_what_a_library_module_imports_is_caught(repository):
    """Jinja2 is imported by one module of the report, SciPy by several."""
    files, names = files_of(repository, "report"), declared(repository, "report")
    failing = environments.failing_imports(files, names - {"jinja2"}, SCRIPTS)
    assert "jinja2 is not in this environment" in failing["import genodiff.report.report_job"]
    failing = environments.failing_imports(files, names - {"scipy"}, SCRIPTS)
    assert "scipy is not in this environment" in failing["import genodiff.evaluation.accuracy"]
    assert "import genodiff.formats.split" not in failing


def test_a_lazy_import_is_seen_and_an_optional_one_is_not_asked_for(tmp_path):
    (tmp_path / "job.py").write_text(
        "from typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING:\n    import torch\n"
        "def f():\n    import umap.umap_ as um\n"
        "    try:\n        import tensorboard\n    except ImportError:\n        pass\n"
        "    try:\n        import yaml\n    finally:\n        pass\n"
    )
    found = environments.imports(tmp_path / "job.py")
    assert found == {
        "from typing import TYPE_CHECKING": "typing",
        "import umap.umap_": "umap",
        "import yaml": "yaml",
    }
    assert environments.undeclared([tmp_path / "job.py"], {"pyyaml"}) == ["job.py: import umap.umap_"]
