"""Entries import their class when it is used and not before; classes of plugins."""

import sys

import pytest

from genodiff.diffusion.predictions import PREDICTIONS
from genodiff.diffusion.samplers import SAMPLERS
from genodiff.generators import KINDS
from genodiff.networks.backbones import BACKBONES
from genodiff.networks.classifiers import CLASSIFIERS
from genodiff.registry import Entry, load_plugin
from genodiff.runtime.errors import InputError

# An external generator has no class.
FITTED = {name: entry for name, entry in KINDS.items() if name != "external"}


def test_entry__imports_when_loaded(tmp_path, monkeypatch):
    (tmp_path / "scratch_room.py").write_text("class Thing:\n    pass\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "scratch_room", raising=False)
    entry = Entry("scratch_room", "Thing", "A thing")
    assert "scratch_room" not in sys.modules
    assert entry.load() is sys.modules["scratch_room"].Thing


@pytest.mark.parametrize("registry", [BACKBONES, CLASSIFIERS, FITTED, PREDICTIONS, SAMPLERS])
def test_registry__every_entry_loads_what_it_names(registry):
    for name, entry in registry.items():
        loaded = entry.load()
        assert entry.module.rpartition(".")[2] == name
        assert (loaded.__module__, loaded.__name__) == (entry.module, entry.name)


@pytest.mark.parametrize("registry", [BACKBONES, CLASSIFIERS, KINDS, PREDICTIONS, SAMPLERS])
def test_registry__titles_are_not_shared(registry):
    titles = [entry.title for entry in registry.values()]
    assert len(set(titles)) == len(titles)


@pytest.fixture
def plugins(tmp_path, monkeypatch):
    """A folder of plugins; what they import is forgotten after the test."""
    files = {
        "scratch_net.py": "from scratch_parts import width\nclass Net:\n    width = width\nnumber = 3\n",
        "scratch_parts.py": "width = 7\n",
        "scratch_nets/deep.py": "class Net:\n    pass\n",
        "json.py": "class Net:\n    pass\n",
        "itertools.py": "class Net:\n    pass\n",
        "scratch_needs.py": "import scratch_absent\n",
        "scratch_broken.py": "class Net\n",
        "scratch_fails.py": "1 / 0\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(sys, "modules", dict(sys.modules))
    return str(tmp_path)


def test_load_plugin__a_class_and_what_its_file_imports(plugins, tmp_path_factory):
    before = list(sys.path)
    net = load_plugin("scratch_net:Net", [str(tmp_path_factory.mktemp("empty")), plugins])
    assert (net.__module__, net.__name__, net.width) == ("scratch_net", "Net", 7)
    assert load_plugin("scratch_nets.deep:Net", [plugins]).__module__ == "scratch_nets.deep"
    assert sys.path == before


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        (
            "scratch_absent:Net",
            "no module 'scratch_absent' for 'scratch_absent:Net' in the folders (FOLDER)",
        ),
        (
            "../scratch_net:Net",
            "no module '../scratch_net' for '../scratch_net:Net' in the folders (FOLDER)",
        ),
        (
            "scratch_net:Other",
            "FOLDER/scratch_net.py has no class 'Other', which 'scratch_net:Other' names",
        ),
        ("scratch_net:number", "FOLDER/scratch_net.py has no class 'number'"),
        ("scratch_net:", "FOLDER/scratch_net.py has no class ''"),
        ("json:Net", "FOLDER/json.py, for 'json:Net': the name 'json' belongs to /"),
        (
            "itertools:Net",
            "FOLDER/itertools.py, for 'itertools:Net': the name 'itertools' belongs to Python",
        ),
        (
            "scratch_needs:Net",
            "FOLDER/scratch_needs.py, for 'scratch_needs:Net', cannot be imported: No module",
        ),
        (
            "scratch_broken:Net",
            "FOLDER/scratch_broken.py, for 'scratch_broken:Net', cannot be imported: ",
        ),
    ],
)
def test_load_plugin__says_what_is_wrong(plugins, reference, message):
    before = list(sys.path)
    with pytest.raises(InputError) as raised:
        load_plugin(reference, [plugins])
    assert f"plugins: {message.replace('FOLDER', plugins)}" in str(raised.value)
    assert sys.path == before


def test_load_plugin__without_folders(plugins):
    with pytest.raises(InputError, match=r"in the folders \(none is named\)"):
        load_plugin("scratch_net:Net", [])


def test_load_plugin__a_fault_of_the_plugin_keeps_its_traceback(plugins):
    with pytest.raises(ZeroDivisionError):
        load_plugin("scratch_fails:Net", [plugins])


def test_load_plugin__takes_no_other_file_that_has_been_imported_under_the_name(
    plugins, tmp_path_factory
):
    other = tmp_path_factory.mktemp("other")
    (other / "scratch_parts.py").write_text("class Net:\n    pass\n")
    load_plugin("scratch_net:Net", [plugins])
    with pytest.raises(InputError, match=r"the name .scratch_parts. belongs to .*; rename the file"):
        load_plugin("scratch_parts:Net", [str(other), plugins])
