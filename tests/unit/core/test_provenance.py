"""Which files a job's code hash covers, and derived seeds."""

import ast
from itertools import pairwise

import pytest

from genodiff.runtime.seeds import job_seed
from genodiff.workflow import code_hash as provenance
from genodiff.workflow.code_hash import code_hash, library_files

# train.py -> pkg.train -> pkg.parts.first -> pkg.base; pkg.lazy only inside a function; pkg.parts.second
# is used by nobody but eval.py.
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
    monkeypatch.setattr(provenance, "SCRIPTS", tmp_path)
    monkeypatch.setattr(provenance, "PACKAGE", "pkg")
    return tmp_path


def _names(*entries):
    return {file.relative_to(provenance.SCRIPTS).as_posix() for file in library_files(*entries)}


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
def test_code_hash__an_edit_changes_its_users_and_nobody_else(scratch, edited):
    before = {entry: code_hash(entry) for entry in ("train.py", "eval.py")}
    with open(scratch / edited, "a") as file:
        file.write("# a comment\n")
    changed = {entry for entry, value in before.items() if code_hash(entry) != value}
    assert changed == {e for e, files in {"train.py": TRAIN, "eval.py": EVAL}.items() if edited in files}


def test_code_hash__does_not_depend_on_where_the_files_are(scratch, tmp_path_factory, monkeypatch):
    before = code_hash("train.py")
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    scratch.rename(elsewhere / "scripts")
    monkeypatch.setattr(provenance, "SCRIPTS", elsewhere / "scripts")
    assert code_hash("train.py") == before


def test_code_hash__a_line_that_moves_to_the_next_module_counts_as_a_change(scratch):
    before = code_hash("train.py")
    (scratch / "pkg/lazy.py").write_text((scratch / "pkg/base.py").read_text())
    (scratch / "pkg/base.py").write_text("")
    assert code_hash("train.py") != before


def test_library_files__training_a_baseline_is_nothing_but_that():
    names = _names("train_backbone.py", "genodiff.networks.backbones.baseline")
    assert names >= {
        "train_backbone.py", "genodiff/__init__.py", "genodiff/networks/backbones/__init__.py",
        "genodiff/networks/backbones/baseline.py", "genodiff/layers.py", "genodiff/registry.py",
        "genodiff/training/train_job.py", "genodiff/training/training.py",
        "genodiff/diffusion/schedule.py", "genodiff/diffusion/process.py",
        "genodiff/formats/tensors.py", "genodiff/formats/models.py",
        "genodiff/devices.py", "genodiff/logs.py", "genodiff/errors.py",
    }  # fmt: skip
    others = ("unet_cnn", "unet_mlp", "transformer", "classif", "sampl", "metrics", "features", "vcf")
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
    # library_files does not follow them: a module imported that way would drop out of the hashes.
    for file in provenance.SCRIPTS.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_bytes())):
            assert not (isinstance(node, ast.ImportFrom) and node.level), file


def test_manifest__lists_every_file_on_disk():
    listed = (provenance.SCRIPTS / "MANIFEST").read_text().split()
    files = [*provenance.SCRIPTS.rglob("*.py"), *provenance.SCRIPTS.rglob(provenance.DATA)]
    found = [file.relative_to(provenance.SCRIPTS) for file in files]
    assert listed == sorted(file.as_posix() for file in found if "__pycache__" not in file.parts)


def test_job_seed__is_the_same_in_every_process():
    # The first 31 bits of sha256(b"7/train/baseline/0"): a change would change everyone's results.
    assert job_seed(7, "train", "baseline", 0) == 13_190_804


def test_job_seed__differs_by_run_stage_backbone_and_replicate():
    keys = [
        (seed, stage, backbone, replicate)
        for seed in range(5)
        for stage in ("train", "sample")
        for backbone in ("baseline", "unet_cnn", "unet_mlp")
        for replicate in range(20)
    ]
    seeds = [job_seed(*key) for key in keys]
    assert len(set(seeds)) == len(keys) == 600
    assert all(0 <= seed < 2**31 for seed in seeds)
    # They look drawn evenly: the largest gap of 600 even draws is far below a tenth of the range.
    ordered = sorted([0, *seeds, 2**31])
    assert max(b - a for a, b in pairwise(ordered)) < 2**31 / 10
