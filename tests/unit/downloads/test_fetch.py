"""The jobs: a list of checksums from where they are published, and a verified file."""

import subprocess

import pytest

from genodiff.downloads.fetch import fetch_file, write_checksums
from genodiff.downloads.onekg import RELEASE_CHECKSUMS
from genodiff.runtime.errors import InputError

OTHER = "0" * 32


@pytest.fixture
def listed(site, content, md5, tmp_path):
    """A list with the file's MD5, as the first job writes it."""
    path = tmp_path / "cohort/MD5SUMS"
    path.parent.mkdir()
    path.write_text(f"{md5(content)}  a.gz\n")
    return path


@pytest.fixture
def mirror(content, tmp_path):
    """A folder that has the file."""
    folder = tmp_path / "mirror"
    folder.mkdir()
    (folder / "a.gz").write_bytes(content)
    return folder


class TestFetchFile:
    def test_from_a_server_is_a_link_to_a_file_that_stays(self, site, listed, content):
        output = listed.parent / "a.gz"
        fetch_file(site.url, listed, output)
        assert output.read_bytes() == content
        assert output.readlink().as_posix() == "downloads/a.gz"
        # As Snakemake does before it runs a job again.
        output.unlink()
        fetch_file(site.url + "/", listed, output)
        assert output.read_bytes() == content
        assert len(site.asked) == 1

    def test_from_a_server_replaces_a_file_that_was_damaged_since(self, site, listed, content):
        output = listed.parent / "a.gz"
        (listed.parent / "downloads").mkdir()
        (listed.parent / "downloads/a.gz").write_bytes(content[:-1] + b"x")
        fetch_file(site.url, listed, output)
        assert output.read_bytes() == content

    def test_that_fails_leaves_nothing_at_its_output(self, site, listed):
        site.answers["a.gz"] = [("wrong", b"x"), ("wrong", b"x")]
        output = listed.parent / "a.gz"
        with pytest.raises(InputError, match=str(listed)):
            fetch_file(site.url, listed, output)
        assert not output.is_symlink()
        assert not output.exists()

    def test_from_a_folder_is_a_link_to_it(self, mirror, listed, content, site):
        output = listed.parent / "a.gz"
        fetch_file(str(mirror), listed, output)
        assert output.readlink() == mirror / "a.gz"
        assert output.read_bytes() == content
        assert site.asked == []

    def test_from_a_folder_must_be_there_and_right(self, mirror, listed, md5, content):
        output = listed.parent / "a.gz"
        (mirror / "a.gz").write_bytes(b"other")
        with pytest.raises(InputError) as error:
            fetch_file(str(mirror), listed, output)
        for word in (str(mirror / "a.gz"), md5(b"other"), md5(content), "cohort.checksums"):
            assert word in str(error.value)
        (mirror / "a.gz").unlink()
        with pytest.raises(InputError, match=r"a\.gz: no such file.*cohort\.mirror"):
            fetch_file(str(mirror), listed, output)
        assert not output.is_symlink()

    def test_needs_an_md5(self, mirror, listed):
        with pytest.raises(InputError, match=r"MD5SUMS: no MD5 of b\.gz"):
            fetch_file(str(mirror), listed, listed.parent / "b.gz")


class TestWriteChecksums:
    FILES = {"needed": ["a", "b"], "possible": ["a", "b", "c"]}

    def lines(self, *pairs):
        return "".join(f"{md5}  {name}\n" for md5, name in pairs)

    def test_of_a_server_and_a_folder_are_put_together(self, site, tmp_path):
        tree = "\t".join(["ftp/release/20130502/b", "file", "12", "Tue Mar 16 2021", "b" * 32]) + "\n"
        site.files |= {"list": tree.encode()}
        (tmp_path / "MD5SUMS").write_text(self.lines(("a" * 32, "a"), (OTHER, "else")))
        output = tmp_path / "cohort/MD5SUMS"
        lists = [f"{site.url}/list", str(tmp_path / "MD5SUMS")]
        write_checksums(lists, self.FILES, {"c": "c" * 32}, output)
        assert output.read_text() == self.lines(("a" * 32, "a"), ("b" * 32, "b"), ("c" * 32, "c"))
        assert list((tmp_path / "cohort/downloads").iterdir()) == []

    def test_are_read_by_md5sum(self, mirror, content, md5, tmp_path):
        (mirror / "MD5SUMS").write_text(f"{md5(content).upper()} *./a.gz\n")
        output = tmp_path / "checked"
        files = {"needed": ["a.gz"], "possible": ["a.gz"]}
        write_checksums([str(mirror / "MD5SUMS")], files, {}, output)
        subprocess.run(["md5sum", "--check", "--strict", output], cwd=mirror, check=True)

    def test_of_the_list_count_more_than_those_that_are_known(self, tmp_path):
        (tmp_path / "list").write_text(self.lines(("a" * 32, "a"), ("b" * 32, "b")))
        known = {"a": OTHER}
        write_checksums([str(tmp_path / "list")], self.FILES, known, tmp_path / "MD5SUMS")
        assert f"{'a' * 32}  a" in (tmp_path / "MD5SUMS").read_text()

    def test_of_a_needed_file_must_be_known(self, tmp_path):
        (tmp_path / "list").write_text(self.lines(("a" * 32, "a")))
        with pytest.raises(InputError) as error:
            write_checksums([str(tmp_path / "list")], self.FILES, {}, tmp_path / "MD5SUMS")
        for word in (
            str(tmp_path / "list"),
            "no MD5 of b. To make a list",
            "md5sum *",
            RELEASE_CHECKSUMS,
        ):
            assert word in str(error.value)
        assert not (tmp_path / "MD5SUMS").exists()
        more = {"needed": ["b", "c", "d"], "possible": []}
        with pytest.raises(
            InputError, match=r"no MD5 of b and of 2 other needed files\. To make a list"
        ):
            write_checksums([str(tmp_path / "list")], more, {}, tmp_path / "MD5SUMS")

    def test_of_a_list_by_the_name_of_a_file_leave_the_file_alone(self, site, tmp_path):
        there = tmp_path / "downloads/a.gz"
        there.parent.mkdir()
        there.write_bytes(b"fetched")
        for name in ("a.gz", "a.gz?download=1"):
            site.files[name] = self.lines((OTHER, "a"), (OTHER, "b")).encode()
            write_checksums([f"{site.url}/{name}"], self.FILES, {}, tmp_path / "MD5SUMS")
        assert there.read_bytes() == b"fetched"
        assert list(there.parent.iterdir()) == [there]

    def test_need_a_list(self, site, tmp_path):
        with pytest.raises(InputError, match=r"MD5SUMS: no such list.*md5sum \*"):
            write_checksums([str(tmp_path / "MD5SUMS")], self.FILES, {}, tmp_path / "out")
        with pytest.raises(InputError, match=r"404.*cohort\.checksums"):
            write_checksums([f"{site.url}/MD5SUMS"], self.FILES, {}, tmp_path / "out")
        site.files["MD5SUMS"] = b"<html>welcome</html>"
        with pytest.raises(InputError, match=f"{site.url}/MD5SUMS: no MD5 checksums in it"):
            write_checksums([f"{site.url}/MD5SUMS"], self.FILES, {}, tmp_path / "out")


def test_another_release_is_warned_of(tmp_path, caplog):
    """For files that are needed."""
    a, place = "a" * 32, tmp_path / "list"
    place.write_text("".join(f"{a}  {name}\n" for name in "abc"))
    files = {"needed": ["a", "b"], "possible": ["a", "b", "c"]}
    write_checksums([str(place)], files, {"a": OTHER, "b": a, "c": OTHER}, tmp_path / "MD5SUMS")
    found = [r.getMessage() for r in caplog.records if r.levelname == "WARNING"]
    assert len(found) == 1
    assert f"a: MD5 {a} in {place}, but {OTHER} in this version of the workflow: another" in found[0]
