"""Content hashes of the code that a job runs: scripts, library modules, modules of plugins.

Read at parse time by the Snakefile, so only the standard library is imported here.
"""

import ast
import hashlib
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from genodiff.registry import module_file
from genodiff.workflow.canonical import canonical, is_type_checking

SCRIPTS = Path(__file__).resolve().parents[2]
PACKAGE = Path(__file__).resolve().parents[1].name
# Files of a package that are not Python; they belong to it as its `__init__` does.
DATA = "*.jinja"
# Files and folders that change no result: the version, parse time, logs, errors, locks, signals, memory
# bounds. The other modules of `runtime` count: devices, prefetch and seeds.
UNHASHED = (
    "genodiff/__init__.py", "genodiff/workflow/", "genodiff/runtime/errors.py",
    "genodiff/runtime/locks.py", "genodiff/runtime/logs.py", "genodiff/runtime/memory.py",
    "genodiff/runtime/signals.py",
)  # fmt: skip


def _is_unhashed(module: str) -> bool:
    path = module.replace(".", "/")
    return f"{path}.py".startswith(UNHASHED) or f"{path}/".startswith(UNHASHED)


class Source(NamedTuple):
    """A file, by the folder of scripts or of plugins that it lies in and its path there."""

    folder: Path
    name: str

    @property
    def file(self) -> Path:
        return self.folder / self.name


@cache
def _parsed(source: bytes, path: str) -> tuple[frozenset[tuple[int, str]], bytes]:
    """Imports of a Python file as (level, dotted name), and the digest of its canonical form."""
    tree = ast.parse(source, path)
    imports = frozenset(_imports(tree))
    # A plugin's class may have any name: everything in its file counts.
    form = canonical(tree, _is_unhashed, declared=Path(path).is_relative_to(SCRIPTS))
    return imports, hashlib.sha256(form.encode()).digest()


def _imports(node: ast.AST) -> Iterator[tuple[int, str]]:
    if isinstance(node, ast.Import):
        yield from ((0, alias.name) for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        prefix = f"{node.module}." if node.module else ""
        yield node.level, prefix.rstrip(".")
        yield from ((node.level, prefix + alias.name) for alias in node.names)
    elif not is_type_checking(node):
        # Imports are statements; no expression needs to be visited.
        for block in ("body", "handlers", "orelse", "finalbody", "cases"):
            children = getattr(node, block, ())
            for child in children if isinstance(children, list) else ():
                yield from _imports(child)


@cache
def _direct_imports(source: Source, text: bytes, plugins: tuple[Path, ...]) -> frozenset[Source]:
    """What a file imports of the library and, if it is a plugin itself, of the folders of plugins."""
    package = source.name.split("/")[:-1]
    names = set()
    for level, name in _parsed(text, str(source.file))[0]:
        above = package[: len(package) - level + 1] if level else []
        parts = [*above, *filter(None, name.split("."))]
        # Importing a.b.c runs a/__init__.py and a/b/__init__.py as well.
        names.update(".".join(parts[: i + 1]) for i in range(len(parts)))
    folders = () if source.folder == SCRIPTS else plugins
    return frozenset(found for name in names if (found := _find(name, folders)))


def _find(module: str, plugins: tuple[Path, ...]) -> Source | None:
    """The file of a module by its dotted name, of the library or of the folders of plugins."""
    folders = (SCRIPTS,) if module.split(".")[0] == PACKAGE else plugins
    found = module_file(module, folders)
    return found and Source(*found)


def _entry(entry: str, plugins: tuple[Path, ...]) -> Source:
    module, colon, _ = entry.partition(":")
    folders = plugins if colon else ()
    found = Source(SCRIPTS, entry) if entry.endswith(".py") else _find(module, folders)
    if found is None or not found.file.is_file():
        where = ", ".join(map(str, (SCRIPTS, *folders)))
        raise FileNotFoundError(f"no script or library module {entry!r} in {where}")
    return found


def _reached(entries: Sequence[str], plugins: Sequence[str], unhashed: tuple[str, ...]) -> list[Source]:
    """Files that entries reach through imports, sorted. Those of the library whose names start with one
    of `unhashed` are left out, with what only they import."""
    folders = tuple(Path(folder).resolve() for folder in plugins)
    todo, seen, data = [_entry(entry, folders) for entry in entries], set(), set()
    while todo:
        source = todo.pop()
        if source in seen or (source.folder == SCRIPTS and source.name.startswith(unhashed)):
            continue
        seen.add(source)
        todo.extend(_direct_imports(source, source.file.read_bytes(), folders))
        if source.name.endswith("__init__.py"):
            beside = source.file.parent.glob(DATA)
            data |= {source._replace(name=file.relative_to(source.folder).as_posix()) for file in beside}
    return sorted(seen | data, key=lambda source: (source.name, source.folder))


def library_files(*entries: str, plugins: Sequence[str] = ()) -> list[Path]:
    """Files that entries reach through their imports, themselves included, and the templates beside
    them; sorted by name.

    An entry is a script (`"classify.py"`), a library module (`"genodiff.networks.layers"`), or a class
    of the library or of a file in one of the folders `plugins` (`"my_module:MyNet"`). Raises
    FileNotFoundError for an entry that is none of these.
    """
    return [source.file for source in _reached(entries, plugins, ())]


def code_hash(*entries: str, plugins: Sequence[str] = ()) -> str:
    """Content hash of `library_files`: a rule's `params` holds it, so that a change of a library module
    reruns the rules that use the module and no others.

    Files in `UNHASHED` do not count, nor does what `canonical` leaves out of the others. The names of
    classes in entries count.
    """
    digest = hashlib.sha256(repr(sorted(entry for entry in entries if ":" in entry)).encode())
    for source in _reached(entries, plugins, UNHASHED):
        content = source.file.read_bytes()
        python = source.name.endswith(".py")
        digest.update(f"\n{source.name}\n".encode())
        digest.update(_parsed(content, str(source.file))[1] if python else content)
    return digest.hexdigest()[:16]
