"""Named constructors that are imported only when used, so that a job loads, and its code hash covers, no
more than what it names; and the base of the models of their settings.

Read at parse time by the Snakefile: standard library and pydantic only.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, WrapValidator


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


@dataclass(frozen=True)
class Entry:
    """One registered class: its module, its name there, its title in tables, and its settings."""

    module: str
    name: str
    title: str
    settings: type[Settings] = Settings

    def load(self) -> type:
        """Import the class."""
        return getattr(import_module(self.module), self.name)


def build(entries: dict[str, Entry], kind: str, name: str, **arguments: Any) -> Any:
    """An instance of the class that `entries` has under `name`; `kind` names them in the ValueError for
    a name that it lacks."""
    if name not in entries:
        raise ValueError(f"unknown {kind} {name!r}; known: {', '.join(entries)}")
    return entries[name].load()(**arguments)
