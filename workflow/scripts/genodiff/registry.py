"""Named classes that are imported only when used, so that a job loads, and its code hash
covers, no more than what it names."""

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import import_module, invalidate_caches
from pathlib import Path
from typing import Any

from genodiff.runtime.errors import InputError


@dataclass(frozen=True)
class Entry:
    """One registered class: its module, its name there, and its title in tables."""

    module: str
    name: str
    title: str

    def load(self) -> type:
        """Import the class."""
        return getattr(import_module(self.module), self.name)


def build(entries: dict[str, Entry], kind: str, name: str, **arguments: Any) -> Any:
    """An instance of the class that `entries` has under `name`; `kind` names them in the ValueError for
    a name that it lacks."""
    if name not in entries:
        raise ValueError(f"unknown {kind} {name!r}; known: {', '.join(entries)}")
    return entries[name].load()(**arguments)


def module_file(module: str, folders: Iterable[Path]) -> tuple[Path, str] | None:
    """The first of `folders` that has a module (a dotted name) and the path of its file there; None if
    no folder has it."""
    path = module.replace(".", "/")
    for folder in folders if all(map(str.isidentifier, module.split("."))) else ():
        for name in (f"{path}.py", f"{path}/__init__.py"):
            if (folder / name).is_file():
                return folder, name
    return None


def load_plugin(reference: str, folders: Sequence[str]) -> type:
    """The class that `reference` (`"my_module:MyNet"`) names, from a file in one of `folders`.

    The folders are searched for modules only during the import, and after all others, so that no module
    of a plugin takes the place of another one. Raises InputError for a module that no folder has, that
    cannot be imported or whose name another module has, and for a class that it lacks.
    """
    module, _, name = reference.partition(":")
    resolved = [Path(folder).resolve() for folder in folders]
    found = module_file(module, resolved)
    if found is None:
        where = ", ".join(map(str, resolved)) or "none is named"
        raise InputError(f"plugins: no module {module!r} for {reference!r} in the folders ({where})")
    file = Path(*found)
    added = [folder for folder in map(str, resolved) if folder not in sys.path]
    sys.path.extend(added)
    try:
        invalidate_caches()
        loaded = import_module(module)
    except (ImportError, SyntaxError) as error:
        raise InputError(f"plugins: {file}, for {reference!r}, cannot be imported: {error}") from error
    finally:
        for folder in added:
            sys.path.remove(folder)
    other = getattr(loaded, "__file__", None)
    if other is None or Path(other).resolve() != file.resolve():
        raise InputError(
            f"plugins: {file}, for {reference!r}: the name {module!r} belongs to "
            f"{other or 'Python itself'}; rename the file"
        )
    if not isinstance(getattr(loaded, name, None), type):
        raise InputError(f"plugins: {file} has no class {name!r}, which {reference!r} names")
    return getattr(loaded, name)
