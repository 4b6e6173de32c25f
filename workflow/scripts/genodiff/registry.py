"""Registry entries, which import their class on first use, so that a job loads and hashes only the
modules that it names; and the base of the models of their settings.

Read at parse time by the Snakefile: standard library and pydantic only.
"""

import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module, invalidate_caches
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WrapValidator

from genodiff.runtime.errors import InputError


class Settings(BaseModel):
    """A section of the configuration. Each field has a type, a range, a default and, as the text below
    it, a description. Unknown keys are refused, and nothing is converted: true is not 1, nor is "1"."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)

    def problems(self, genes: int, where: str) -> Iterator[str]:
        """Messages about keys that contradict each other or `genes`, the number of padded genes (P);
        `where` is the path of this section in the configuration."""
        return iter(())


def _as_given(value: Any, check: Any) -> Any:
    check(value)
    return value


# A whole number stays one: 5 is not 5.0 in names of files and parameters of rules.
Number = Annotated[float, WrapValidator(_as_given)]
Positive = Annotated[int, Field(ge=1)]
Share = Annotated[Number, Field(gt=0, lt=1)]
Text = Annotated[str, Field(min_length=1)]


def path_type(*placeholders: str) -> Any:
    """The type of a path in the configuration that may contain these placeholders, named without braces:
    `~` and `~user` become home folders. Other braces, which nothing replaces, and variables of the shell
    are refused. URLs stay as they are."""
    allowed = " or ".join(f"{{{name}}}" for name in placeholders)

    def check(path: str) -> str:
        if "://" in path:
            return path
        variable = re.match(r"\$(\w+|\{\w+\})(?=/|$)", path)
        if variable:
            raise ValueError(
                f"starts with {variable[0]}, but variables of the shell are unknown here; write the "
                "folder itself, or ~ for your home folder"
            )
        for braced in re.findall(r"\{[^{}]*\}|[{}]", path):
            if braced not in [f"{{{name}}}" for name in placeholders]:
                hint = f": did you mean {allowed}?" if allowed else ", which nothing replaces here"
                raise ValueError(f"contains {braced}{hint}")
        expanded = os.path.expanduser(path)
        if re.match(r"~[\w-]*(/|$)", expanded):
            raise ValueError(
                f"starts with the home folder of an unknown user; write ./{path} for a folder of that "
                "name"
            )
        return expanded

    return Annotated[str, Field(min_length=1), AfterValidator(check)]


FilePath = path_type()
ChromosomePath = path_type("chrom")


@dataclass(frozen=True)
class Entry:
    """One registered class."""

    module: str
    name: str  # of the class in the module
    title: str  # in tables
    settings: type[Settings] = Settings
    # Of a network: dense, convolution, attention, mixture or genewise; its jobs ask for memory by it.
    network: str = "unknown"
    # In figures, of the built-in generator of this backbone or kind: color, marker, dashes, filled.
    style: dict[str, Any] | None = None

    @property
    def reference(self) -> str:
        """`module:Class`, as code hashes name it."""
        return f"{self.module}:{self.name}"

    def load(self) -> type:
        """Import the class."""
        return getattr(import_module(self.module), self.name)


def find(entries: dict[str, Entry], kind: str, name: str) -> Entry:
    """The entry `name`; `kind` names the entries in the ValueError for an unknown name."""
    if name not in entries:
        raise ValueError(f"unknown {kind} {name!r}; known: {', '.join(entries)}")
    return entries[name]


def build(entries: dict[str, Entry], kind: str, name: str, **arguments: Any) -> Any:
    """An instance of the class of the entry `name` (see `find`)."""
    return find(entries, kind, name).load()(**arguments)


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
