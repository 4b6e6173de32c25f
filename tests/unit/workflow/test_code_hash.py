"""Which files and which changes of them the code hash of a job covers."""

import ast
import re
import shutil

import pytest

from genodiff.workflow import code_hash as hashing
from genodiff.workflow import settings
from genodiff.workflow.code_hash import UNHASHED, code_hash, library_files
from genodiff.workflow.plan import Plan

# train.py -> pkg.train -> pkg.parts.first -> pkg.base; pkg.lazy only inside a function. Only eval.py
# uses pkg.parts.second.
SCRATCH = {
    "train.py": "import os\nfrom pkg.train import run\n",
    "eval.py": "import pkg.parts.second as second\n",
    "pkg/__init__.py": "",
    "pkg/base.py": "import numpy\n",
    "pkg/lazy.py": "",
    "pkg/train.py": "from pkg.parts import first\n\n\ndef run():\n    import pkg.lazy\n",
    "pkg/parts/__init__.py": "",
    "pkg/parts/first.py": "from pkg import base, train\n",
    "pkg/parts/second.py": "from pkg.base import numpy\n",
    "pkg/parts/page.jinja": "{{ text }}",
    "pkg/unused.py": "this is not Python",
}
TRAIN = {
    "train.py", "pkg/__init__.py", "pkg/base.py", "pkg/lazy.py", "pkg/train.py",
    "pkg/parts/__init__.py", "pkg/parts/page.jinja", "pkg/parts/first.py",
}  # fmt: skip
EVAL = {
    "eval.py", "pkg/__init__.py", "pkg/base.py", "pkg/parts/__init__.py", "pkg/parts/page.jinja",
    "pkg/parts/second.py",
}  # fmt: skip


@pytest.fixture
def scratch(tmp_path, monkeypatch):
    """Scripts and a package of their own in place of the library."""
    for name, text in SCRATCH.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(hashing, "SCRIPTS", tmp_path)
    monkeypatch.setattr(hashing, "PACKAGE", "pkg")
    return tmp_path


def _names(*entries):
    return {file.relative_to(hashing.SCRIPTS).as_posix() for file in library_files(*entries)}


@pytest.mark.parametrize(("entry", "expected"), [("train.py", TRAIN), ("eval.py", EVAL)])
def test_library_files__follows_imports(scratch, entry, expected):
    assert _names(entry) == expected


def test_library_files__modules_as_entries_and_several_of_them(scratch):
    assert _names("pkg.parts.first") == TRAIN - {"train.py"}
    assert _names("pkg.base") == {"pkg/base.py"}
    assert _names("train.py", "pkg.parts.second") == TRAIN | {"pkg/parts/second.py"}


def test_library_files__sorted_whatever_the_order_of_entries(scratch):
    files = library_files("eval.py", "train.py")
    assert files == sorted(files) == library_files("train.py", "eval.py")


@pytest.mark.parametrize("entry", ["pkg.absent", "absent.py", "numpy", "pkg/train"])
def test_library_files__raises_on_what_is_not_there(scratch, entry):
    with pytest.raises(FileNotFoundError, match=f"no script or library module '{entry}'"):
        library_files(entry)


@pytest.mark.parametrize("edited", [name for name in SCRATCH if name != "pkg/unused.py"])
def test_code_hash__an_edit_changes_its_users_and_no_others(scratch, edited):
    before = {entry: code_hash(entry) for entry in ("train.py", "eval.py")}
    with open(scratch / edited, "a") as file:
        file.write("CHANGED = 1\n")
    changed = {entry for entry, value in before.items() if code_hash(entry) != value}
    assert changed == {e for e, files in {"train.py": TRAIN, "eval.py": EVAL}.items() if edited in files}


def test_code_hash__does_not_depend_on_where_the_files_are(scratch, tmp_path_factory, monkeypatch):
    before = code_hash("train.py")
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    scratch.rename(elsewhere / "scripts")
    monkeypatch.setattr(hashing, "SCRIPTS", elsewhere / "scripts")
    assert code_hash("train.py") == before


def test_code_hash__a_line_that_moves_to_the_next_module_counts_as_a_change(scratch):
    before = code_hash("train.py")
    (scratch / "pkg/lazy.py").write_text((scratch / "pkg/base.py").read_text())
    (scratch / "pkg/base.py").write_text("")
    assert code_hash("train.py") != before


def test_library_files__training_a_baseline_is_nothing_but_that():
    plan = Plan(settings.load({"cohort": {"source": "simulate"}}))
    names = _names("train_diffusion.py", *plan.modules("baseline"))
    assert names >= {
        "train_diffusion.py", "genodiff/__init__.py", "genodiff/networks/backbones/__init__.py",
        "genodiff/networks/backbones/baseline.py", "genodiff/networks/layers.py", "genodiff/registry.py",
        "genodiff/training/train_job.py", "genodiff/training/training.py",
        "genodiff/diffusion/schedule.py", "genodiff/diffusion/process.py",
        "genodiff/formats/tensors.py", "genodiff/formats/models.py",
        "genodiff/runtime/devices.py", "genodiff/runtime/logs.py", "genodiff/runtime/errors.py",
    }  # fmt: skip
    others = (
        "unet_cnn",
        "unet_mlp",
        "transformer",
        "classif",
        "sampl",
        "evaluation/",
        "features/",
        "vcf",
    )
    assert [name for name in names if any(other in name for other in others)] == []


def test_library_files__a_backbone_made_of_others_covers_them():
    names = _names("genodiff.networks.backbones.mlp_cnn")
    assert names >= {
        "genodiff/networks/backbones/unet_cnn.py",
        "genodiff/networks/backbones/unet_mlp.py",
    }


@pytest.mark.parametrize("entry", ["classify.py", "gene_pca.py", "table1.py", "split_individuals.py"])
def test_library_files__other_jobs_do_not_run_again_for_a_new_sampler_or_backbone(entry):
    names = _names(entry)
    assert not any("diffusion" in name or "backbones" in name for name in names)


def test_library__has_no_relative_imports():
    # One way to name a module: the tests of environments and rooms read absolute names.
    for file in hashing.SCRIPTS.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_bytes())):
            assert not (isinstance(node, ast.ImportFrom) and node.level), file


def test_manifest__lists_every_file_on_disk():
    listed = (hashing.SCRIPTS / "MANIFEST").read_text().split()
    files = [*hashing.SCRIPTS.rglob("*.py"), *hashing.SCRIPTS.rglob(hashing.DATA)]
    found = [file.relative_to(hashing.SCRIPTS) for file in files]
    assert listed == sorted(file.as_posix() for file in found if "__pycache__" not in file.parts)


@pytest.fixture
def library(tmp_path, monkeypatch):
    """A copy of all scripts and the library, which tests may edit."""
    copy = tmp_path / "scripts"
    shutil.copytree(hashing.SCRIPTS, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(hashing, "SCRIPTS", copy)
    return copy


def _hashes(folder):
    scripts = sorted(file.name for file in folder.glob("*.py"))
    assert len(scripts) > 25
    return {script: code_hash(script) for script in scripts}


def _changed(folder, before):
    return {script for script, value in _hashes(folder).items() if value != before[script]}


def _insert(file, line):
    """Add a line behind the imports at the top of a module."""
    text = file.read_text()
    last = [node for node in ast.parse(text).body if isinstance(node, ast.Import | ast.ImportFrom)][-1]
    lines = text.splitlines()
    file.write_text("\n".join([*lines[: last.end_lineno], line, *lines[last.end_lineno :]]) + "\n")


def test_code_hash__rooms_that_change_no_result_change_no_hash(library):
    before = _hashes(library)
    for name in UNHASHED:
        path = library / name
        files = sorted(path.rglob("*.py")) if path.is_dir() else [path]
        assert files, name
        for file in files:
            assert file.is_file(), file
            with open(file, "a") as opened:
                opened.write("CHANGED = 1\n")
    assert _changed(library, before) == set()


@pytest.mark.parametrize("room", ["seeds", "devices", "prefetch"])
def test_code_hash__the_rest_of_runtime_changes_the_hashes_of_its_users(library, room):
    before = _hashes(library)
    with open(library / f"genodiff/runtime/{room}.py", "a") as file:
        file.write("CHANGED = 1\n")
    changed = _changed(library, before)
    assert "train_diffusion.py" in changed
    assert "quality_table.py" not in changed


def test_code_hash__lines_that_compute_nothing_change_no_hash(library):
    before = _hashes(library)
    edited = [
        file
        for file in sorted(library.glob("genodiff/*/*.py"))
        if re.search("^(import|from) ", file.read_text(), re.M)
    ]
    assert len(edited) > 80
    for file in edited:
        _insert(file, '# A comment.\n"""Another text."""\n\nlogger.warning("%d of %s", 3, __name__)')
    assert _changed(library, before) == set()


def test_code_hash__a_constant_changes_the_hashes_of_its_users(library):
    before = _hashes(library)
    file = library / "genodiff/features/pca.py"
    _insert(file, "_A_CONSTANT = 1")
    changed = _changed(library, before)
    assert {"gene_pca.py", "project_chromosome.py"} <= changed
    assert "train_diffusion.py" not in changed
    text = file.read_text()
    file.write_text(text.replace("_A_CONSTANT = 1", "_A_CONSTANT = 2"))
    assert text != file.read_text()
    with_one = {script: before[script] for script in changed}
    assert changed <= _changed(library, before | with_one)


@pytest.fixture
def plugins(tmp_path):
    """Two folders of plugins; `second` holds what `first` has already, and a package."""
    files = {
        "first/my_net.py": "import numpy\nimport helpers\nfrom genodiff.networks import layers\n",
        "first/helpers.py": "width = 3\n",
        "first/unused.py": "",
        "second/helpers.py": "width = 4\n",
        "second/nets/__init__.py": "",
        "second/nets/deep.py": "from . import parts\nfrom .parts import a\nfrom .. import nets\n",
        "second/nets/parts.py": "a = 1\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def _plugin_files(plugins, entry):
    folders = [str(plugins / "first"), str(plugins / "second")]
    files = library_files(entry, plugins=folders)
    mine = {f.relative_to(plugins).as_posix() for f in files if f.is_relative_to(plugins)}
    theirs = {
        f.relative_to(hashing.SCRIPTS).as_posix() for f in files if f.is_relative_to(hashing.SCRIPTS)
    }
    assert len(mine) + len(theirs) == len(files)
    return mine, theirs


def test_library_files__a_plugin_and_its_imports(plugins):
    mine, theirs = _plugin_files(plugins, "my_net:MyNet")
    assert mine == {"first/my_net.py", "first/helpers.py"}
    assert theirs == {
        "genodiff/__init__.py", "genodiff/networks/__init__.py", "genodiff/networks/layers.py",
        "genodiff/runtime/__init__.py", "genodiff/runtime/signals.py",
    }  # fmt: skip


def test_library_files__a_plugin_in_a_package_with_relative_imports(plugins):
    mine, theirs = _plugin_files(plugins, "nets.deep:Net")
    assert mine == {"second/nets/__init__.py", "second/nets/deep.py", "second/nets/parts.py"}
    assert theirs == set()


@pytest.mark.parametrize("entry", ["absent:Net", "numpy:ndarray", "../first/my_net:MyNet", "my_net"])
def test_library_files__raises_on_a_plugin_that_no_folder_has(plugins, entry):
    with pytest.raises(FileNotFoundError, match=f"no script or library module '{entry}' in "):
        library_files(entry, plugins=[str(plugins / "first")])


def test_code_hash__a_plugin_counts_like_the_library(plugins):
    def value(name="MyNet"):
        return code_hash("train_diffusion.py", f"my_net:{name}", plugins=[str(plugins / "first")])

    before = value()
    assert before != code_hash("train_diffusion.py")
    assert value("AnotherNet") != before
    (plugins / "first/helpers.py").write_text("# a width\nwidth = 3\n")
    (plugins / "first/unused.py").write_text("a = 1\n")
    assert value() == before
    (plugins / "first/helpers.py").write_text("width = 4\n")
    assert value() != before


def test_code_hash__everything_in_the_file_of_a_plugin_counts(plugins):
    """Also what looks like a model of settings or a registry of the library."""
    file, values = plugins / "first/my_net.py", set()
    for text in (
        "class MyNet(NetSettings): a = 1",
        "class MyNet(NetSettings): a = 2",
        "X = {'a': Entry()}",
    ):
        file.write_text(f"{text}\n")
        values.add(code_hash("my_net:MyNet", plugins=[str(plugins / "first")]))
    assert len(values) == 3


def test_code_hash__a_class_of_the_library_counts_by_its_name():
    values = {code_hash(f"genodiff.networks.layers{end}") for end in ("", ":A", ":B")}
    assert len(values) == 3
