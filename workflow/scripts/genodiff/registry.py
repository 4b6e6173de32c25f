"""Named constructors that are imported only when used, so that a job loads, and its code hash
covers, no more than what it names."""

from dataclasses import dataclass
from importlib import import_module


@dataclass(frozen=True)
class Entry:
    """One registered class: its module, its name there, and its title in tables."""

    module: str
    name: str
    title: str

    def load(self) -> type:
        """Import the class."""
        return getattr(import_module(self.module), self.name)
