"""Lists of checksums, in both forms."""

import subprocess

import pytest

from genodiff.downloads.checksums import file_md5, parse_checksums, read_checksums
from genodiff.runtime.errors import InputError

A, B = "a" * 32, "b" * 32


def test_md5__of_the_empty_file_is_the_known_one(tmp_path):
    (tmp_path / "empty").touch()
    assert file_md5(tmp_path / "empty") == "d41d8cd98f00b204e9800998ecf8427e"


def test_list__of_md5sum_gives_names_without_folders():
    lines = [f"{A}  one.gz\n", f"{B} *two.gz\n", f"{A.upper()}  ./three.gz\r\n", f"{B}  sub/four x.gz\n"]
    found = parse_checksums(lines, "list")
    assert found == {"one.gz": A, "two.gz": B, "three.gz": A, "four x.gz": B}


def test_list__passes_over_other_lines():
    lines = ["# comment\n", "\n", "<html>\n", f"{A[:-1]}  short\n", f"{'g' * 32}  not hexadecimal\n", A]
    assert parse_checksums(lines, "list") == {}


@pytest.mark.parametrize(
    "line",
    [
        f"{A}\tone.gz", f"one.gz\t{A}", f"MD5 (one.gz) = {A}", f"MD5 (./one.gz) = {A.upper()}\r",
        f"MD5(one.gz)= {A}", f"{A} one.gz", f"\ufeff{A}  one.gz",
    ],
)  # fmt: skip
def test_list__of_other_programs_is_read_too(tmp_path, line):
    (tmp_path / "list").write_text(f"md5\tfile\n{line}\n{B}  two.gz\n", encoding="utf-8")
    if line.startswith("\ufeff"):
        (tmp_path / "list").write_text(f"{line}\n{B}  two.gz\n", encoding="utf-8")
    assert read_checksums(tmp_path / "list") == {"one.gz": A, "two.gz": B}


@pytest.mark.parametrize("mode", ["--text", "--binary", "--tag"])
def test_list__of_md5sum_gives_names_with_spaces_and_stars(tmp_path, mode):
    names = ["*star", "a (b) = c", "plain"]
    for name in [*names, "back\\slash"]:  # md5sum escapes the last one; no release has such names
        (tmp_path / name).write_text(name)
    command = ["md5sum", mode, *names, "back\\slash"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=True, text=True)
    found = parse_checksums(done.stdout.splitlines(), "list")
    assert found == {name: file_md5(tmp_path / name) for name in names}


def test_list__of_the_site_gives_files_of_the_release_only():
    def line(path, kind="file", md5=A):
        return "\t".join([path, kind, "17", "Tue Mar 16 10:02:11 2021", md5]) + "\n"

    lines = [
        line("ftp/release/20130502/one.gz"),
        line("ftp/release/20130502", "directory", ""),
        line("ftp/release/20130502/supporting/two.gz"),
        line("ftp/technical/working/one.gz", md5=B),
        line("ftp/release/20130502/three.gz", md5=""),
    ]
    assert parse_checksums(lines, "list") == {"one.gz": A}


def test_list__with_two_md5s_of_a_name_stops():
    assert parse_checksums([f"{A}  one\n", f"{A}  one\n"], "list") == {"one": A}
    with pytest.raises(InputError, match=f"list: two different MD5s of one, {A} and {B}"):
        parse_checksums([f"{A}  one\n", f"{B}  one\n"], "list")


def test_list__without_any_stops(tmp_path):
    (tmp_path / "list").write_bytes(b"\xff\xfe nothing")
    with pytest.raises(InputError, match="list: no MD5 checksums in it"):
        read_checksums(tmp_path / "list")
