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


@pytest.fixture
def arguments(site, repository, tmp_path):
    """Snakemake's arguments for the file, in a folder of one's own."""
    cohort = {
        "source": "1kg",
        "chromosomes": [20],
        "mirror": site.url,
        "phenotypes": "p",
        "genes": "g.bed",
    }
    (tmp_path / "own.json").write_text(json.dumps({"cohort": cohort}))
    (tmp_path / "config").mkdir()
    (tmp_path / "config/config.yaml").write_text("{}")
    return ["--snakefile", str(repository / "Snakefile"), "--configfile", "own.json", "--", LINK]


def test_fetch__with_wrong_bytes_says_so_and_leaves_nothing(site, arguments, fail_workflow, tmp_path):
    page = b"<html>please log in</html>"
    site.answers[NAME] = [("wrong", page), ("wrong", page)]
    output = fail_workflow(tmp_path, *arguments)
    for text in (output, (tmp_path / f"results/logs/fetch/{NAME}.log").read_text()):
        assert f"{site.url}/{NAME}: twice the wrong bytes" in text
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
