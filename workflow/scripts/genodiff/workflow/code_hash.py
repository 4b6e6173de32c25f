"""Content hashes of the library code that a job runs.

Read at parse time by the Snakefile, so only the standard library is imported here.
"""

import ast
import hashlib
from functools import cache
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parents[2]
PACKAGE = Path(__file__).resolve().parents[1].name
# Files of a package that are not Python; they belong to it as its `__init__` does.
DATA = "*.jinja"


def _module_file(name: str) -> Path | None:
    """The file of a dotted module name inside the package, or None for other packages."""
    if name.split(".")[0] != PACKAGE:
        return None
    base = SCRIPTS.joinpath(*name.split("."))
    if base.with_suffix(".py").is_file():
        return base.with_suffix(".py")
    return base / "__init__.py" if (base / "__init__.py").is_file() else None


@cache
def _direct_imports(file: Path) -> frozenset[Path]:
    names = set()
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    # Importing a.b.c runs a/__init__.py and a/b/__init__.py as well.
    parts = {".".join(n.split(".")[: i + 1]) for n in names for i in range(n.count(".") + 1)}
    return frozenset(f for f in map(_module_file, parts) if f)


def library_files(*entries: str) -> list[Path]:
    """Library files that scripts or modules (`"train_backbone.py"`,
    `"genodiff.networks.backbones.baseline"`) reach through their imports, themselves included, and the
    templates that lie beside them; sorted.

    Raises FileNotFoundError for an entry that is neither a script nor a library module.
    """
    todo = []
    for entry in entries:
        file = SCRIPTS / entry if entry.endswith(".py") else _module_file(entry)
        if file is None or not file.is_file():
            raise FileNotFoundError(f"no script or library module {entry!r} in {SCRIPTS}")
        todo.append(file)
    seen = set()
    while todo:
        file = todo.pop()
        if file not in seen:
            seen.add(file)
            todo.extend(_direct_imports(file))
    templates = {data for file in seen if file.name == "__init__.py" for data in file.parent.glob(DATA)}
    return sorted(seen | templates)


def code_hash(*entries: str) -> str:
    """Content hash of all that `library_files(*entries)` names: a rule's `params` holds it, so that
    editing a library module reruns the rules that use the module and no others."""
    digest = hashlib.sha256()
    for file in library_files(*entries):
        digest.update(file.relative_to(SCRIPTS).as_posix().encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]
