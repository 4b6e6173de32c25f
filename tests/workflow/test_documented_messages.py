"""Messages: those of docs/troubleshooting.md are in the code, and those of the code on the page."""

import ast
import importlib.util
import re
from functools import cache
from itertools import pairwise
from pathlib import Path

from documents import PAGES, ROOT


def _text(node: ast.AST) -> str:
    """A message as the code has it, with … for what changes."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(map(_text, node.values))
    if isinstance(node, ast.BinOp):
        return _text(node.left) + _text(node.right)
    return "…"


@cache
def _texts(folder: Path, raised: bool) -> list[str]:
    """Texts in the Python files of a folder: those that InputErrors are raised with, or all."""
    found = []
    for file in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_bytes())):
            if raised:
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "InputError":
                    found += [_text(argument) for argument in node.args]
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.append(node.value)
            elif isinstance(node, (ast.JoinedStr, ast.BinOp)):
                found.append(_text(node))
    return [re.sub(r"\s+", " ", text) for text in found]


def _fits(message: str, text: str) -> bool:
    """Whether the parts of a page's message stand in a text of the code in their order."""
    place = 0
    for part in filter(None, map(str.strip, message.split("…"))):
        place = text.find(part, place)
        if place < 0:
            return False
        place += len(part)
    return True


def _messages() -> dict[str, list[str]]:
    """The messages of docs/troubleshooting.md by section."""
    text = PAGES["docs/troubleshooting.md"]
    starts = [found.start() for found in re.finditer(r"^## ", text, re.M)] + [len(text)]
    found = {}
    for start, end in pairwise(starts):
        section = text[start:end]
        cells = " ".join(re.findall(r"^\| (`.*?) \|", section, re.M))
        found[section.splitlines()[0][3:]] = re.findall(r"`([^`]+)`", cells)
    return found


def test_every_message_of_the_page_is_in_the_code():
    theirs = ("snakemake", "snakemake_executor_plugin_slurm", "snakemake_interface_executor_plugins")
    folders = [Path(importlib.util.find_spec(name).origin).parent for name in theirs]
    outside = [text for folder in folders for text in _texts(folder, False)]
    # Said by Python, of a file that is not there.
    outside.append("No such file or directory: 'results/table1.tsv'")
    functions = [(ROOT / f"rules/{name}.smk").read_text() for name in ("common", "datasets")]
    ours = [*_texts(ROOT / "workflow/scripts/genodiff", False), *functions]
    unknown = []
    for section, messages in _messages().items():
        assert messages, section
        known = outside if section in ("Snakemake", "SLURM") else ours
        unknown += [m for m in messages if not any(_fits(m, text) for text in known)]
    assert unknown == []


def test_every_message_of_the_code_has_its_row():
    rows = [m for s, own in _messages().items() if s not in ("Snakemake", "SLURM") for m in own]
    raised = _texts(ROOT / "workflow/scripts/genodiff", True)
    assert len(raised) > 120
    # Without words of its own a message passes on another's.
    worded = [text for text in raised if len(re.findall(r"[a-z]{2,}", text)) > 3]
    absent = [text for text in worded if not any(_fits(row, text) for row in rows)]
    assert absent == []
