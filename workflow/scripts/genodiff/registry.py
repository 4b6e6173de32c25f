"""Named constructors that are imported only when used, so that a job loads, and its code hash
covers, no more than what it names."""

from dataclasses import dataclass
from importlib import import_module
from typing import Any


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
