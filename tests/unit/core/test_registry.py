"""Entries import their class when it is used and not before."""

import sys

import pytest

from genodiff.diffusion.predictions import PREDICTIONS
from genodiff.diffusion.samplers import SAMPLERS
from genodiff.networks.backbones import BACKBONES
from genodiff.networks.classifiers import CLASSIFIERS
from genodiff.registry import Entry


def test_entry__imports_when_loaded(tmp_path, monkeypatch):
    (tmp_path / "scratch_room.py").write_text("class Thing:\n    pass\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "scratch_room", raising=False)
    entry = Entry("scratch_room", "Thing", "A thing")
    assert "scratch_room" not in sys.modules
    assert entry.load() is sys.modules["scratch_room"].Thing


@pytest.mark.parametrize("registry", [BACKBONES, CLASSIFIERS, PREDICTIONS, SAMPLERS])
def test_registry__every_entry_loads_what_it_names(registry):
    for entry in registry.values():
        loaded = entry.load()
        assert (loaded.__module__, loaded.__name__) == (entry.module, entry.name)


@pytest.mark.parametrize("registry", [BACKBONES, CLASSIFIERS, PREDICTIONS, SAMPLERS])
def test_registry__titles_are_not_shared(registry):
    titles = [entry.title for entry in registry.values()]
    assert len(set(titles)) == len(titles)
