"""Shared by all tests: where the project is, and how to run its workflow."""

import html
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import settings

# The same examples every time, and none too slow for a busy machine.
settings.register_profile("repeatable", deadline=None, derandomize=True)
settings.load_profile("repeatable")

# Of processes that share the tests out none takes more than one core, save in the workflows it starts.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ["OMP_NUM_THREADS"] = "1"

# A shell in the background starts processes that ignore Ctrl-C, and theirs would too.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# What a fresh copy of the working tree does without.
LEAVE = shutil.ignore_patterns(
    ".git", ".venv", "results", ".snakemake", "__pycache__", ".*_cache", ".hypothesis", ".benchmarks"
)
REPOSITORY = Path(__file__).resolve().parents[1]
# What a page tells of itself once it is loaded, and how the page around it writes that down.
_MEASURE = """
addEventListener('load', () => parent.postMessage(JSON.stringify({
  width: window.name, inner: document.documentElement.clientWidth,
  content: document.documentElement.scrollWidth,
  images: [...document.images].map(i => [i.alt, i.naturalWidth, i.getBoundingClientRect().width]),
  tables: [...document.querySelectorAll('table')].map(t => t.caption.innerText),
  smallest: Math.min(...[...document.querySelectorAll('td, th, p, dd, li, figcaption')].map(
    e => parseFloat(getComputedStyle(e).fontSize))),
  outside: [...document.querySelectorAll('table')].filter(
    t => t.parentElement.getBoundingClientRect().right > document.body.clientWidth + 1).length,
}), '*'));
"""
_COLLECT = """
addEventListener('message', event => {
  const found = document.getElementById('found');
  found.textContent += event.data + '\\n';
});
"""


def pytest_itemcollected(item):
    """Tests of one file go to one process, and those of the one finished run (see `make test`)."""
    together = "finished" if "finished" in item.fixturenames else item.path.stem
    item.add_marker(pytest.mark.xdist_group(together))


def pytest_collection_modifyitems(items):
    """What takes minutes comes first, or one process would have it when the others have ended."""
    longest = {"real": 0, "workflow": 1}
    tests = REPOSITORY / "tests"
    items.sort(key=lambda item: longest.get(item.path.resolve().relative_to(tests).parts[0], 2))


def snakemake(folder: Path, *arguments: str, cores: int = 2) -> subprocess.CompletedProcess:
    """Run Snakemake in `folder`; its output and errors together are in `stdout`."""
    command = [sys.executable, "-m", "snakemake", "--cores", str(cores), *map(str, arguments)]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("SNAKEMAKE_")}
    return subprocess.run(
        command, cwd=folder, env=environment, text=True, check=False,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip


@pytest.fixture(scope="session")
def copy_of_project(tmp_path_factory):
    """Make a fresh copy of the working tree, without results."""

    def copy(name: str) -> Path:
        folder = tmp_path_factory.mktemp(name) / "genodiff"
        shutil.copytree(REPOSITORY, folder, ignore=LEAVE)
        return folder

    return copy


@pytest.fixture(scope="session")
def run_workflow():
    """Run Snakemake, fail the test with its output when it fails, return its output."""

    def run(folder: Path, *arguments: str) -> str:
        done = snakemake(folder, *arguments)
        assert done.returncode == 0, done.stdout[-6000:]
        return done.stdout

    return run


@pytest.fixture(scope="session")
def fail_workflow():
    """Run Snakemake, fail the test when it succeeds, return its output."""

    def run(folder: Path, *arguments: str) -> str:
        done = snakemake(folder, *arguments)
        assert done.returncode != 0, done.stdout[-6000:]
        return done.stdout

    return run


@pytest.fixture(scope="session")
def browse():
    """Open an HTML file in headless Chromium at 1280 and 390 px; what the page and its images measure.

    Skips where there is no Chromium. Fails on anything that the console says.
    """
    names = ("chromium", "chromium-browser", "google-chrome")
    program = next(filter(None, map(shutil.which, names)), None)
    if program is None:
        pytest.skip("no Chromium here: install Debian's chromium to test the report in a browser")

    def look(page: Path, folder: Path) -> dict[int, dict]:
        # A frame of each width, since a window of the new headless mode is never narrower than 500 px.
        probe = folder / "probe.html"
        probe.write_text(page.read_text().replace("</body>", f"<script>{_MEASURE}</script></body>"))
        frames = "".join(
            f'<iframe name="{width}" src="probe.html" width="{width}" height="900"></iframe>'
            for width in (1280, 390)
        )
        outer = folder / "outer.html"
        outer.write_text(f'<body>{frames}<pre id="found"></pre><script>{_COLLECT}</script></body>')
        command = [
            program, "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr",
            "--virtual-time-budget=10000", "--window-size=1800,1000",
            f"--user-data-dir={folder}/profile", "--dump-dom", outer.as_uri(),
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
        said = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
        assert not said, said
        found = re.search(r'<pre id="found">(.*?)</pre>', done.stdout, re.S)
        rows = [json.loads(html.unescape(line)) for line in found[1].splitlines()]
        return {int(row.pop("width")): row for row in rows}

    return look


@pytest.fixture(scope="session")
def repository() -> Path:
    """The project's root."""
    return REPOSITORY
