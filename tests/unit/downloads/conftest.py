"""A hostile server, files that are not small, and little patience."""

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hostile_server import Site, serve

from genodiff.downloads import transfer
from genodiff.downloads.transfer import download

# Between two and three blocks of a download, and no multiple of anything.
SIZE = 2_500_007


@pytest.fixture(scope="session")
def content():
    """Bytes of a file."""
    return np.random.default_rng(1).bytes(SIZE)


@pytest.fixture
def site(content, monkeypatch):
    """A server with one file, "a.gz"; well-behaved until told otherwise."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with serve(Site({"a.gz": content})) as site:
        yield site


@pytest.fixture(scope="session")
def root():
    """The project's folder."""
    return Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def patience(monkeypatch):
    """Function: change the patience of downloads, which is four tries almost without waiting."""

    def change(**keys):
        monkeypatch.setattr(transfer, "RETRY_POLICY", replace(transfer.RETRY_POLICY, **keys))

    change(attempts=4, first_wait=0.01, longest_wait=0.02, connect=5, window=1)
    return change


@pytest.fixture
def md5():
    """Function: the MD5 of bytes."""
    return lambda data: hashlib.md5(data, usedforsecurity=False).hexdigest()


@pytest.fixture
def get(site, content, tmp_path, md5):
    """Function: download "a.gz"; its path."""

    def run(expected=None):
        target = tmp_path / "downloads/a.gz"
        download(f"{site.url}/a.gz", target, expected or md5(content), "the list")
        return target

    return run
