"""Downloads as jobs of the workflow: what is wrong with them is said, and a killed run goes on."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from hostile_server import Site, serve

from genodiff.downloads.onekg import vcf_file

NAME = vcf_file("20")
LINK = f"results/cohort/{NAME}"


@pytest.fixture
def site(monkeypatch):
    """A server with one file by a name of the release, and its checksum."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    content = np.random.default_rng(3).bytes(2_500_007)
    md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
    with serve(
        Site({NAME: content, "MD5SUMS": f"{md5}  {NAME}\n{'0' * 32}  {NAME}.tbi\n".encode()})
    ) as s:
        yield s


def config_of(mirror):
    """A configuration that fetches one chromosome from there."""
    return {"cohort": {
        "source": "1kg", "chromosomes": [20], "mirror": mirror, "phenotypes": "p", "genes": "g.bed",
    }}  # fmt: skip


@pytest.fixture
def command(repository, tmp_path):
    """Function: Snakemake's arguments for the file from a mirror, in a folder of one's own."""

    def arguments(mirror):
        (tmp_path / "own.json").write_text(json.dumps(config_of(mirror)))
        (tmp_path / "config").mkdir(exist_ok=True)
        (tmp_path / "config/config.yaml").write_text("{}")
        return ["--snakefile", str(repository / "Snakefile"), "--configfile", "own.json", "--", LINK]

    return arguments


@pytest.fixture
def arguments(site, command):
    """Those arguments for the server."""
    return command(site.url)


@pytest.fixture
def mirror(tmp_path):
    """Function: put a file, and a list, into a folder that is a mirror."""
    folder = tmp_path / "mirror"
    folder.mkdir()

    def put(content, listed=None):
        (folder / NAME).write_bytes(content)
        if listed is not None:
            md5 = hashlib.md5(listed, usedforsecurity=False).hexdigest()
            (folder / "MD5SUMS").write_text(f"{md5}  {NAME}\n{'0' * 32}  {NAME}.tbi\n")
        return folder

    return put


def test_fetch__with_wrong_bytes_says_so_and_leaves_nothing(site, arguments, fail_workflow, tmp_path):
    page = b"<html>please log in</html>"
    site.answers[NAME] = [("wrong", page), ("wrong", page)]
    output = fail_workflow(tmp_path, *arguments)
    for text in (output, (tmp_path / f"results/logs/fetch/{NAME}.log").read_text()):
        assert f"{site.url}/{NAME}: wrong content in two attempts" in text
        assert "Traceback" not in text
    assert not (tmp_path / LINK).is_symlink()
    assert list((tmp_path / "results/cohort/downloads").iterdir()) == []
    content = site.files.pop(NAME)
    assert f"{site.url}/{NAME}: the server answered 404" in fail_workflow(tmp_path, *arguments)
    site.files[NAME] = content


def test_fetch__goes_on_after_the_run_was_killed(site, arguments, run_workflow, tmp_path):
    content, part = site.files[NAME], tmp_path / f"results/cohort/downloads/{NAME}.part"
    site.answers[NAME] = [("stall", 1_500_000)]
    process = subprocess.Popen(
        [sys.executable, "-m", "snakemake", "--cores", "1", *arguments], cwd=tmp_path,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    while not part.exists() or not part.stat().st_size:
        assert process.poll() is None
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    there = part.stat().st_size
    assert 0 < there < len(content)
    assert not (tmp_path / LINK).is_symlink()
    site.served.clear()
    run_workflow(tmp_path, "--unlock", *arguments)
    run_workflow(tmp_path, *arguments)
    assert (tmp_path / LINK).read_bytes() == content
    assert site.asked[-1] == (NAME, 206, f"bytes={there}-")
    assert site.served[NAME] == len(content) - there


def test_fetch__verifies_a_mirrors_file_again_that_was_changed_or_removed(
    mirror, command, run_workflow, fail_workflow, tmp_path
):
    arguments = command("mirror")
    folder = mirror(b"first", listed=b"first")
    run_workflow(tmp_path, *arguments)
    assert "Nothing to be done" in run_workflow(tmp_path, *arguments)
    mirror(b"other")
    output = fail_workflow(tmp_path, *arguments)
    assert f"mirror/{NAME}: wrong content" in output
    assert not (tmp_path / LINK).is_symlink()
    # A list that was changed too is read again, and a file that is older than what was made of it.
    mirror(b"older", listed=b"older")
    run_workflow(tmp_path, *arguments)
    mirror(b"first")
    os.utime(folder / NAME, (1e9, 1e9))
    assert f"mirror/{NAME}: wrong content" in fail_workflow(tmp_path, *arguments)
    # What is not there is the job's to say.
    (folder / NAME).unlink()
    assert f"mirror/{NAME}: no such file. The files of" in fail_workflow(tmp_path, *arguments)
    mirror(b"first")
    (folder / "MD5SUMS").unlink()
    (tmp_path / "results/cohort/MD5SUMS").unlink()
    assert "mirror/MD5SUMS: no such list of checksums" in fail_workflow(tmp_path, *arguments)


def test_fetch__of_a_module_reads_a_mirror_that_is_outside_its_prefix(
    mirror, repository, run_workflow, tmp_path
):
    folder = mirror(b"first", listed=b"first")
    (tmp_path / "own.json").write_text(json.dumps(config_of("mirror")))
    (tmp_path / "Snakefile").write_text(
        'configfile: "own.json"\n'
        f'module genodiff:\n    snakefile: "{repository / "Snakefile"}"\n'
        '    prefix: "sub"\n    config: config\n'
        "use rule * from genodiff as gd_*\n"
    )
    run_workflow(tmp_path, "--", f"sub/{LINK}")
    assert (tmp_path / f"sub/{LINK}").readlink() == folder / NAME
    assert "Nothing to be done" in run_workflow(tmp_path, "--", f"sub/{LINK}")
