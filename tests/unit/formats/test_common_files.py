"""Files that are either whole or absent."""

from pathlib import Path

import pytest

from genodiff.formats.common import whole_file


def test_whole_file__appears_only_when_the_block_ends(tmp_path):
    path = tmp_path / "new" / "folder" / "x.txt"
    with whole_file(path) as temporary:
        Path(temporary).write_text("whole")
        assert not path.exists()
        assert Path(temporary).parent == path.parent  # so that renaming stays in one file system
    assert path.read_text() == "whole"
    assert [p.name for p in path.parent.iterdir()] == ["x.txt"]


def test_whole_file__replaces_an_older_file(tmp_path):
    path = tmp_path / "x.txt"
    path.write_text("old")
    with whole_file(str(path)) as temporary:
        Path(temporary).write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("old", [None, "good"])
def test_whole_file__after_an_error_leaves_all_as_it_was(tmp_path, error, old):
    path = tmp_path / "x.txt"
    if old:
        path.write_text(old)

    def write_half():
        with whole_file(path) as temporary:
            Path(temporary).write_text("half")
            raise error("stop")

    with pytest.raises(error, match="stop"):
        write_half()
    assert [p.name for p in tmp_path.iterdir()] == (["x.txt"] if old else [])
    assert not old or path.read_text() == old


def test_whole_file__nothing_written_is_an_error_and_keeps_the_old_file(tmp_path):
    path = tmp_path / "x.txt"
    path.write_text("good")
    with pytest.raises(FileNotFoundError), whole_file(path):
        pass
    assert path.read_text() == "good"
