"""The project's documents: their fenced blocks, commands and links; and their changes, applied."""

import re
import shlex
import sys
from pathlib import Path
from textwrap import dedent
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
SHELL = {"sh", "bash", "console"}
# What a code span in a sentence begins with when it is a command. Not tools of others, named as cures.
PROGRAMS = {"snakemake", "make", "python", "pip", "docker", "source", "tensorboard", ".ci/run"}
# Of a list's item it is indented.
_FENCE = re.compile(r"^( *)```([^\s`]*)[ \t]*([^\n]*)\n(.*?)^\1```[ \t]*$", re.M | re.S)


class Block(NamedTuple):
    """A fenced block: its page, language, the rest of its info string, and its text."""

    page: str
    language: str
    name: str
    text: str


def _pages() -> list[Path]:
    names = ("README.md", "CONTRIBUTING.md", "config/README.md")
    return [*(ROOT / name for name in names), *sorted((ROOT / "docs").glob("*.md"))]


# The documents that users and contributors read, by path from the project's root.
PAGES = {page.relative_to(ROOT).as_posix(): page.read_text() for page in _pages()}


def blocks(text: str, page: str) -> list[Block]:
    """The fenced blocks of a page's text, in order."""
    return [Block(page, *found, dedent(body)) for _, *found, body in _FENCE.findall(text)]


def prose(text: str) -> str:
    """A page's text without its fenced blocks."""
    return _FENCE.sub("", text)


def commands(text: str) -> list[str]:
    """What a page tells its reader to type: lines of shell blocks without comments and prompts."""
    found = []
    for block in blocks(text, ""):
        if block.language in SHELL:
            for line in block.text.replace("\\\n", " ").splitlines():
                if block.language == "console" and not line.startswith("$ "):
                    continue
                command = re.sub(r"(^|\s)#.*", "", line.removeprefix("$ ")).strip()
                found += [re.sub(r" +", " ", command)] * bool(command)
    return found


def spans(text: str) -> list[str]:
    """Code spans in a page's sentences."""
    return re.findall(r"(?<!`)`([^`\n]+)`(?!`)", prose(text))


def spoken_commands(text: str) -> list[str]:
    """Code spans in a page's sentences that begin as a command does and are more than its name."""
    return [s for s in spans(text) if s.split()[0] in PROGRAMS and (" " in s or s == ".ci/run")]


def anchors(text: str) -> set[str]:
    """The anchors that GitHub makes of a page's headings."""
    found = set()
    for heading in re.findall(r"^#+ (.+)$", prose(text), re.M):
        plain = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).lower().replace("`", "")
        found.add(re.sub(r"[^\w\- ]", "", plain).replace(" ", "-"))
    return found


def links(text: str) -> list[str]:
    """Targets of a page's links and images."""
    return re.findall(r"\]\(([^)\s]+)\)", prose(text))


def _replaced(before: str, hunk: str, where: str) -> str:
    lines = hunk.splitlines()
    odd = [line for line in lines if line[:1] not in (" ", "+", "-")]
    assert not odd, f"{where}: neither ' ', '+' nor '-' first: {odd}"
    old = "".join(f"{line[1:]}\n" for line in lines if line[0] != "+")
    new = "".join(f"{line[1:]}\n" for line in lines if line[0] != "-")
    assert ("\n" + before).count("\n" + old) == 1, f"{where}: {old!r} is not there once"
    return ("\n" + before).replace("\n" + old, "\n" + new)[1:]


def link_environment(folder: Path) -> None:
    """Links to this environment as the .venv of a copy of the project; `make` takes it as made."""
    (folder / ".venv").mkdir()
    for part in Path(sys.prefix).iterdir():
        if not part.name.startswith("."):
            (folder / ".venv" / part.name).symlink_to(part)
    (folder / ".venv/.runtime").touch()


def apply(block: Block, project: Path) -> None:
    """Do to a copy of the project what a block with a file's name says: changes of the file (diff), the
    file, or more of it where it is there."""
    path = project / shlex.split(block.name)[0]
    if block.language == "diff":
        text = path.read_text()
        for hunk in re.split(r"^@@.*\n", block.text, flags=re.M):
            text = _replaced(text, hunk, f"{block.page}, {block.name}")
    elif path.exists():
        text = f"{path.read_text()}\n\n{block.text}"
    else:
        text = block.text
        path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
